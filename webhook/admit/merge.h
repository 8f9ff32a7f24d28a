// The settings that a policy has for one object.
#ifndef EVENKEEL_ADMIT_MERGE_H
#define EVENKEEL_ADMIT_MERGE_H

#include "object/review.h"
#include "run/run.h"

// Lays every entry that matches the review's object over the rules' defaults, in order, into
// run->settings: this run's own copies, NULL for rules that no matching entry names. REASON_NONE,
// or why there are none: no entry matches, another controller owns the object, or memory is short.
enum reason merge_settings(struct run *run, const struct review *review, const struct kind *kind);

// Switches on the rules that follow another and that no entry names, where the object needs them.
// The facts are read by then.
void merge_implied(struct run *run);

#endif
