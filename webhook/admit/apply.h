// The middle of an admission: from an object that was read, and settings, to a whole plan.
#ifndef EVENKEEL_ADMIT_APPLY_H
#define EVENKEEL_ADMIT_APPLY_H

#include "object/review.h"
#include "run/run.h"

// Runs the rules that have settings, decides what becomes of a held release, takes out what is
// refused or stands in a user's way, warns, and plans our bookkeeping. After update_read() and
// override_apply(). `old_record` is scratch, for the old object's bookkeeping.
void apply_rules(struct run *run, const struct review *review, struct tape *old_record);

#endif
