// What one look at a driven release comes to.
#ifndef EVENKEEL_CLUSTER_STEP_H
#define EVENKEEL_CLUSTER_STEP_H

#include "cluster/drive.h"
#include "cluster/drive_log.h"

enum drive_next { NEXT_WAIT, NEXT_ENDED, NEXT_FAILED };
enum drive_sameness { SAME, OTHER, UNCLEAR };

struct driving {
    const struct kubectl *kubectl;
    const struct drive_settings *settings;
    struct drive_log log;
    struct workload workload; // of the last look
    struct versions versions;
    bool looked;
    char template[128]; // the release that this is about
    char hash[VERSION_HASH_MAX];
    int64_t revision;   // to go back to
    bool was_held;      // something was, in this run
    uint32_t step;      // that is being looked at; 0: none yet
    double step_begun;  // of the monotonic clock
    double ready_since; // 0: its pods are not all ready
    double lost_since;  // 0: the cluster answers
    bool waiting_said, verified;
    unsigned refusals;
    enum drive_end end;
    struct error why; // of a failure
};

// Whether what is there now is still the version that this run is about. The hash of its pods tells
// so too where evenkeel's own bookkeeping changed, but only of a spec that the controller has seen.
enum drive_sameness drive_sameness(const struct driving *driving);

// Decides on the last look, and approves where all is well. NEXT_ENDED with `end`, NEXT_FAILED with
// `why`.
enum drive_next drive_decide(struct driving *driving);

#endif
