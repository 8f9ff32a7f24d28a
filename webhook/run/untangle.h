// Values of ours that stand in a user's way where no rule looks after them: in observe mode, where
// their rule or entry is gone, with onUpdate: never, on an owned object.
#ifndef EVENKEEL_RUN_UNTANGLE_H
#define EVENKEEL_RUN_UNTANGLE_H

#include "run/run.h"

// Takes out each value of ours that would have the API refuse the request, or a rollout hang: a
// second handler beside the user's, a sleep longer than the grace period, maxSurge and
// maxUnavailable both 0, minReadySeconds not below the progress deadline, a probe of a port that
// the container no longer declares. Values whose rule runs and writes are left to it. After rules.
void untangle(struct run *run);

#endif
