// Values of evenkeel's that are in a user's way and that no rule looks after: in observe mode, if
// their rule or entry is gone, with onUpdate: never, on an owned object.
#ifndef EVENKEEL_RUN_UNTANGLE_H
#define EVENKEEL_RUN_UNTANGLE_H

#include "run/run.h"

// Removes each value of evenkeel's with which the API would refuse the request, or with which a
// rollout would hang: a second handler beside the user's, a sleep longer than the grace period,
// maxSurge and maxUnavailable both 0, or both set in a DaemonSet, minReadySeconds not below the
// progress deadline, a probe of a port that the container no longer declares. If a value's rule
// runs and writes, the value is left to it. Call it after the rules.
void untangle(struct run *run);

#endif
