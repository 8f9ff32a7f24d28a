// The evenkeel.dev annotations by which an object overrides single settings of the policy.
#ifndef EVENKEEL_ADMIT_OVERRIDE_H
#define EVENKEEL_ADMIT_OVERRIDE_H

#include "run/run.h"

// Reads which rules an annotation switches off or on: evenkeel.dev/ and the rule's name in kebab
// case, with a word of object/opt_out.h. Into run->refused and run->insisted.
void override_read_switches(struct run *run);

// Whether `name` is a rule's name in kebab case.
bool override_is_rule(const struct run *run, struct slice name);

// Lays the object's override annotations over run->settings, which must be this run's own copies.
// One that cannot be used is passed over, with a warning and an outcome (ignored:
// override-invalid).
void override_apply(struct run *run);

// The same warning and outcome for each of them on an object that is passed over for `reason`:
// whoever wrote it waits for something.
void override_refuse(struct run *run, struct value annotations, enum reason reason);

#endif
