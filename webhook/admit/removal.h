// What it means if a value of evenkeel's is gone from the request: either somebody removed it, or a
// tool wrote the object anew and did not know the value.
#ifndef EVENKEEL_ADMIT_REMOVAL_H
#define EVENKEEL_ADMIT_REMOVAL_H

#include "object/review.h"
#include "run/run.h"

// Whether the request is a rewrite by a tool that does not know evenkeel. It is one if the
// bookkeeping is gone too. For a built-in kind, it is also one if all recorded values are gone (at
// least two of them, inside and outside the containers); for a custom resource, if all values in
// the containers are gone.
bool removal_is_rewrite(struct run *run);

// For other values that are gone, the history notes that they are declined: they are not written
// again. It forgets a declined value if the user now has their own value there, if its container is
// gone, or if the rule's annotation switches the rule on.
void removal_read(struct run *run, bool rewrite);

// Whether evenkeel's value at `now`, a place of run->plan, is gone: it is absent, or it is the
// API's default and the record `entry` has another value.
bool removal_is_gone(struct run *run, const struct place *now, struct value entry);

// Whether it is gone although nobody made a decision: the manifest has a null there as before,
// which means unset, or the client changes to server-side apply. Then its manifest does not have
// the value, or an Apply entry of Helm or Flux now shows that it has the API's default.
bool removal_is_by_client(struct run *run, const struct place *now, const struct place *was);

// The last of these cases alone, of which nothing is left to see once the value is put back: an
// Apply entry of Helm or Flux declares `now`, and nothing told before who chose the value. Both
// places must exist.
bool removal_is_told_later(struct run *run, const struct place *now, const struct place *was);

#endif
