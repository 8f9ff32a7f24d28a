// What evenkeel does to a release in the cluster: it approves a step, or rolls back.
#ifndef EVENKEEL_CLUSTER_ACT_H
#define EVENKEEL_CLUSTER_ACT_H

#include "cluster/versions.h"

enum act_result {
    ACT_DONE,
    ACT_NOT_READY, // evenkeel refused: the held pods are not all there and ready
    ACT_REFUSED,   // evenkeel refused for another reason, or did not answer
    ACT_FAILED,    // kubectl failed
};

// Approves step `step` of the version that is held in `workload`. It approves no other version.
// With `insist` it approves "all", which does not depend on the pods. `why` has the reason if it
// fails, and is "" after success.
enum act_result act_approve(const struct kubectl *kubectl, const struct workload *workload,
                            uint32_t step, bool insist, struct error *why);

// Rolls back to `revision` (0: the one before), and checks that the hold is gone. `why` has the
// reason if it fails.
enum act_result act_undo(const struct kubectl *kubectl, const struct workload *workload,
                         int64_t revision, struct error *why);

// Returns the revision to go back to, or 0 if kubectl must choose it.
int64_t act_revision(const struct workload *workload, const struct versions *versions);

#endif
