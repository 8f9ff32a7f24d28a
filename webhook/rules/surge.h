// Counts of pods or shares of them, as maxSurge and maxUnavailable have them (IntOrString).
#ifndef EVENKEEL_RULES_SURGE_H
#define EVENKEEL_RULES_SURGE_H

#include "run/run.h"

// Whether a value in the object is none at all: 0 or "0%". False for what is neither number nor
// share.
bool surge_is_zero(struct value value, struct arena *arena);

// Pods that `share` of `replicas` comes to, rounded down as the API rounds maxUnavailable.
int64_t surge_rounded_down(struct int_or_percent share, int64_t replicas);

// Its JSON in the arena: 1 or "25%".
struct slice surge_json(struct int_or_percent share, struct arena *arena);

#endif
