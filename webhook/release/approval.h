// Whether a changed evenkeel.dev/batch is an approval that counts.
#ifndef EVENKEEL_RELEASE_APPROVAL_H
#define EVENKEEL_RELEASE_APPROVAL_H

#include "release/state.h"

struct approval {
    enum reason refused; // REASON_NONE: it counts
    uint32_t step;       // to hold next; 0: the whole release goes on
    int64_t unready; // of "all": held pods that are not there and ready; -1: nobody can tell yet
};

// Decides about the approval `batch`, as the request set it, while step `release->state.step` is
// held.
struct approval approval_judge(struct run *run, const struct review *review,
                               const struct release_wish *wish, struct slice batch);

#endif
