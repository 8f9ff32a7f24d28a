// What is done to a release: approved, taken back.
#ifndef EVENKEEL_CLUSTER_ACT_H
#define EVENKEEL_CLUSTER_ACT_H

#include "cluster/versions.h"

enum act_result {
    ACT_DONE,
    ACT_NOT_READY, // evenkeel refused: the held pods are not all there and ready
    ACT_REFUSED,   // evenkeel refused otherwise, or did not answer
    ACT_FAILED,    // kubectl could not do it
};

// Approves step `step` of the version that `workload` says is held, and of no other. `why` says
// what came in the way, "" after success. With `insist` "all" is approved, which looks at no pod.
enum act_result act_approve(const struct kubectl *kubectl, const struct workload *workload,
                            uint32_t step, bool insist, struct error *why);

// Rolls back to `revision` (0: the one before), and looks whether the hold is gone.
enum act_result act_undo(const struct kubectl *kubectl, const struct workload *workload,
                         int64_t revision, struct error *why);

// The revision to go back to; 0 where kubectl is to choose.
int64_t act_revision(const struct workload *workload, const struct versions *versions);

#endif
