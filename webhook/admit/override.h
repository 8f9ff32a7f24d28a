// The evenkeel.dev annotations by which an object overrides single settings of the policy.
#ifndef EVENKEEL_ADMIT_OVERRIDE_H
#define EVENKEEL_ADMIT_OVERRIDE_H

#include "object/review.h"
#include "run/run.h"

// Lays the overrides among `annotations` over run->settings, which must be this run's own copies.
// One that cannot be used is passed over, with a warning and an outcome (ignored:
// override-invalid).
void override_apply(struct run *run, struct value annotations);

// The same warning and outcome for each of them on an object that no entry matches or that another
// owns, by `reason`: whoever wrote it waits for something. Nothing for any other reason.
void override_refuse(struct run *run, const struct review *review, enum reason reason);

// Of a request that changes nothing that is decided: where it annotates an override that cannot be
// used, the same is said at once, not with the next change of the spec.
void override_annotated(struct run *run, const struct review *review, const struct kind *kind);

#endif
