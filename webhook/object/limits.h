// Values that the API compares with others of the same object. What was written to raise such a
// limit may have made a value of the user's possible.
#ifndef EVENKEEL_OBJECT_LIMITS_H
#define EVENKEEL_OBJECT_LIMITS_H

#include "plan/plan.h"

// Seconds, where an object says nothing.
enum { API_GRACE_DEFAULT = 30, API_DEADLINE_DEFAULT = 600 };

// Whether the API would refuse the object if the value at `place` became `back`, by what else will
// be in it after the plan. Of a grace period: a container's preStop sleep may not be longer
// (validateSleepAction). Of a progress deadline: minReadySeconds must be shorter
// (ValidateDeploymentSpec). `back` is a number as JSON; if it is empty, the API's default. False
// for any other place.
bool limits_hold(struct plan *plan, struct place *place, struct slice back);

#endif
