// The evenkeel.dev annotations with which an object overrides single settings of the policy.
#ifndef EVENKEEL_ADMIT_OVERRIDE_H
#define EVENKEEL_ADMIT_OVERRIDE_H

#include "run/run.h"

// Reads which rules an annotation switches off or on, into run->refused and run->insisted. The
// annotation is evenkeel.dev/ and the rule's name in kebab case, with a word of object/opt_out.h.
void override_read_switches(struct run *run);

// Whether `name` is a rule's name in kebab case.
bool override_is_rule(const struct run *run, struct slice name);

// Writes the rule's name in kebab case.
void override_write_name(struct text *text, const char *rule);

// Applies the object's override annotations to run->settings, which must be this run's own copies.
// An annotation that cannot be used has no effect; there is a warning and an outcome (ignored:
// override-invalid).
void override_apply(struct run *run);

// Warns once of such annotations in places where they have no effect, on the pod template or as
// labels: charts often let users set the pods' annotations only. An update that says the same as
// before is not told again.
void override_warn_misplaced(struct run *run);

// Gives the same warning and outcome for each override annotation of an object that is passed over
// for `reason`, because its author waits for an effect.
void override_refuse(struct run *run, struct value annotations, enum reason reason);

#endif
