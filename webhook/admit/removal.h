// What it means that a value of ours is gone from the request: somebody took it out, or a tool
// wrote the object anew and could not know it.
#ifndef EVENKEEL_ADMIT_REMOVAL_H
#define EVENKEEL_ADMIT_REMOVAL_H

#include "object/review.h"
#include "run/run.h"

// Whether the request is a rewrite that cannot know us: our bookkeeping is gone too; or of a
// built-in kind every recorded value is, of at least two, inside the containers and outside them;
// or of a custom resource every value in the containers.
bool removal_is_rewrite(struct run *run);

// Of what is gone otherwise, the history notes that it is declined: it is not written again. What
// was declined and now has a value of the user's own, or went with its container, is forgotten; and
// so is what the rule's annotation switches on.
void removal_read(struct run *run, bool rewrite);

// Whether a value of ours at `now`, a place of run->plan, is gone: absent, or the API's default
// instead of another value that the record `entry` has.
bool removal_is_gone(struct run *run, const struct place *now, struct value entry);

// Whether it is gone only because the client goes over to server-side apply: its manifest does not
// have the value, or an Apply entry of Helm or Flux now tells that it has the API's default. Nobody
// decided anything.
bool removal_is_by_client(struct run *run, const struct place *now, const struct place *was);

#endif
