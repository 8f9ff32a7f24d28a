// What an UPDATE request itself changed. No rollout may start that the user did not ask for.
#ifndef EVENKEEL_ADMIT_UPDATE_H
#define EVENKEEL_ADMIT_UPDATE_H

#include "object/review.h"
#include "run/run.h"

// Whether the request changed nothing that evenkeel decides: neither the spec nor evenkeel's marks,
// nor, for a Service, its annotations.
bool update_changes_nothing(const struct review *review, const struct kind *kind);

// Reads an UPDATE before any rule runs, after past_read(). It sets run->template_locked, by what
// the request changed in the pod template and by the policy's onUpdate. With `rules`, rules will
// run. Then it also does this: it decides about values that are gone from the request
// (admit/removal.h); it notes probes that never passed; it brings a template back that ran before
// (admit/rollback.h); it plans values that a rewrite dropped as they were, if the rewrite changed
// nothing else in the template, and always for a Service.
void update_read(struct run *run, const struct review *review, bool rules);

// Warns of values that came back although the request had dropped them. Call it after the rules
// ran.
void update_warn_restored(struct run *run);

#endif
