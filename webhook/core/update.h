// What an UPDATE request itself changed: no rollout may start that the user did not ask for.
#ifndef EVENKEEL_CORE_UPDATE_H
#define EVENKEEL_CORE_UPDATE_H

#include "core/review.h"
#include "core/run.h"

// Whether the request left everything that evenkeel decides as it was: the spec, and for a Service
// its annotations.
bool update_changes_nothing(const struct review *review, const struct kind *kind);

// Decides run->template_locked by what the request changed and the policy's onUpdate. Where the
// request changed nothing in the pod template but to drop values that evenkeel had written (a
// `kubectl replace` of the user's own manifest does), plans to write those back as they were.
// `old_tape` is scratch, for the old object's bookkeeping.
void update_decide_template(struct run *run, const struct review *review, struct tape *old_tape);

#endif
