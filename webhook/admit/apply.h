// The middle of an admission: it makes a whole plan from the object and its settings.
#ifndef EVENKEEL_ADMIT_APPLY_H
#define EVENKEEL_ADMIT_APPLY_H

#include "object/review.h"
#include "run/run.h"

// Runs the rules that have settings, decides about a held release, removes values that are refused
// or in a user's way, warns, and plans the bookkeeping. Call it after update_read() and
// override_apply(). `old_record` is scratch for the old object's bookkeeping.
void apply_rules(struct run *run, const struct review *review, struct tape *old_record);

#endif
