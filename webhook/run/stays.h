// Which of an object's numbers will stay after this run, unless a rule writes others.
#ifndef EVENKEEL_RUN_STAYS_H
#define EVENKEEL_RUN_STAYS_H

#include "run/run.h"

// Member `key` of `object`, a number of seconds. `fallback` if it is not a number.
int64_t stays_number(struct value object, const char *key, int64_t fallback);

// Whether a value of evenkeel's will be removed, because no rule looks after it any more.
bool stays_not(struct run *run, struct place *place, bool looked_after);

// The seconds that a place will have, unless a rule writes others.
int64_t stays_seconds(struct run *run, struct place *place, bool looked_after, int64_t api_default);

#endif
