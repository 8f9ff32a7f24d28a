// The settings that a policy has for one object.
#ifndef EVENKEEL_ADMIT_MERGE_H
#define EVENKEEL_ADMIT_MERGE_H

#include "object/review.h"
#include "run/run.h"

// Applies each entry that matches the review's object to the rules' defaults, in order. The result
// is in run->settings: copies of this run, NULL for rules that no matching entry names. Returns
// REASON_NONE, or the reason why there are no settings: no entry matches, another controller owns
// the object, or memory is short.
enum reason merge_settings(struct run *run, const struct review *review, const struct kind *kind);

// Switches on the rules that follow another rule and that no entry names, if the object needs them.
// The facts must be read.
void merge_implied(struct run *run);

#endif
