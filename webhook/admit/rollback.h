// Templates that ran before: what is remembered of them, and how one comes back.
#ifndef EVENKEEL_ADMIT_ROLLBACK_H
#define EVENKEEL_ADMIT_ROLLBACK_H

#include "object/review.h"
#include "run/run.h"

// Reads an UPDATE of a Deployment that changes its pod template, before rules run; of other kinds
// it does nothing.
//
// It remembers the old template by a hash of the user's own part and by our values in it. It notes
// in the history which readiness probes of ours passed, and which never did: the rollout has new
// pods and none of them is ready, though its deadline has passed or somebody takes it back.
//
// Where a rollout is unfinished, or the request is an undo, a template that is remembered comes
// back exactly: with the values of ours that it had and no others, less what is declined, refused
// or never passed. Its pods are there already, so nothing starts anew. run->rolled_back and
// run->template_locked are set then.
void rollback_read(struct run *run, const struct review *review);

// The hash of the user's own part of the old object's template, in run's arena; {NULL, 0} when
// memory is short.
struct slice rollback_old_hash(struct run *run, const struct review *review);

// Whether the user's own part of the new template is another than the old one's, by what is
// recorded in the two objects.
bool rollback_is_other_version(struct run *run, const struct review *review);

#endif
