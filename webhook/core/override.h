// The evenkeel.dev annotations by which an object overrides single settings of the policy.
#ifndef EVENKEEL_CORE_OVERRIDE_H
#define EVENKEEL_CORE_OVERRIDE_H

#include "core/run.h"

// Lays the object's override annotations over run->settings, which must be this run's own copies.
// One that cannot be used is passed over, with a warning and an outcome (ignored:
// override-invalid).
void override_apply(struct run *run);

#endif
