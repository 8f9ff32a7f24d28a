// The evenkeel.dev annotations by which an object overrides single settings of the policy.
#ifndef EVENKEEL_ADMIT_OVERRIDE_H
#define EVENKEEL_ADMIT_OVERRIDE_H

#include "run/run.h"

// Lays the object's override annotations over run->settings, which must be this run's own copies.
// One that cannot be used is passed over, with a warning and an outcome (ignored:
// override-invalid).
void override_apply(struct run *run);

// The same warning and outcome for each of them on an object that is passed over for `reason`:
// whoever wrote it waits for something.
void override_refuse(struct run *run, struct value annotations, enum reason reason);

#endif
