// Decides what follows from one look at a release that `release run` drives.
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
    struct workload workload; // from the last look
    struct versions versions;
    bool looked;
    char template[128]; // hash of the template of this run's release
    char hash[VERSION_HASH_MAX];
    int64_t revision;   // the revision to go back to
    bool was_held;      // something was held during this run
    uint32_t step;      // the step that this looks at; 0: none yet
    double step_begun;  // monotonic clock, seconds
    double ready_since; // the same; 0: its pods are not all ready
    double lost_since;  // the same; 0: the cluster answers
    bool waiting_said, verified;
    unsigned refusals;
    enum drive_end end;
    struct error why; // the reason of NEXT_FAILED
};

// Whether the workload still has the version of this run. Returns SAME if the held template has the
// same hash. Otherwise the hash of its pods decides, for example if evenkeel's own bookkeeping
// changed. That hash needs a controller that has seen the present spec: until then it is UNCLEAR.
enum drive_sameness drive_sameness(const struct driving *driving);

// Decides by the last look, and approves the step if all is well. Returns NEXT_ENDED with `end`,
// NEXT_FAILED with `why`, or NEXT_WAIT.
enum drive_next drive_decide(struct driving *driving);

#endif
