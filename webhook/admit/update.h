// What an UPDATE request itself changed: no rollout may start that the user did not ask for.
#ifndef EVENKEEL_ADMIT_UPDATE_H
#define EVENKEEL_ADMIT_UPDATE_H

#include "object/review.h"
#include "run/run.h"

// Whether the request left everything that evenkeel decides as it was: the spec, our marks, and for
// a Service its annotations.
bool update_changes_nothing(const struct review *review, const struct kind *kind);

// Reads an UPDATE before any rule runs, after past_read(). It decides run->template_locked by what
// the request changed in the pod template and the policy's onUpdate. With `rules`, rules will run:
// what is gone from the request is judged (admit/removal.h), what never passed is noted, a template
// that ran before comes back (admit/rollback.h), and what a rewrite dropped is planned as it was,
// where it changed nothing else in the template, and always for a Service.
void update_read(struct run *run, const struct review *review, bool rules);

// Warns, after the rules ran, of what came back though the request had dropped it.
void update_warn_restored(struct run *run);

#endif
