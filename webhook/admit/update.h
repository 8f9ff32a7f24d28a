// What an UPDATE request itself changed: no rollout may start that the user did not ask for.
#ifndef EVENKEEL_ADMIT_UPDATE_H
#define EVENKEEL_ADMIT_UPDATE_H

#include "object/review.h"
#include "run/run.h"

// Whether the request left everything that evenkeel decides as it was: the spec, and for a Service
// its annotations.
bool update_changes_nothing(const struct review *review, const struct kind *kind);

// Reads an UPDATE before any rule runs. Decides run->template_locked by what the request changed in
// the pod template and the policy's onUpdate. A `kubectl replace` of the user's own manifest drops
// what evenkeel had written: where it changed nothing else in the pod template, and always for a
// Service, those values are planned as they were, so that nothing rolls out and no load balancer is
// rebuilt. `old_tape` is scratch, for the old object's bookkeeping.
void update_read(struct run *run, const struct review *review, struct tape *old_tape);

#endif
