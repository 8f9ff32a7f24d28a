// Counts of pods or shares of them, as maxSurge and maxUnavailable have them (IntOrString).
#ifndef EVENKEEL_RUN_SURGE_H
#define EVENKEEL_RUN_SURGE_H

#include "run/run.h"

// Whether a value in the object is none at all: 0 or "0%". False for what is neither number nor
// share.
bool surge_is_zero(struct value value, struct arena *arena);

// Pods that `share` of `replicas` comes to, rounded down as the API rounds maxUnavailable.
int64_t surge_rounded_down(struct int_or_percent share, int64_t replicas);

// Reads the JSON of a count or a share: 1 or "25%". False when it is neither; `share` is untouched
// then.
bool surge_read(struct slice json, struct int_or_percent *share);

// Its JSON in the arena: 1 or "25%".
struct slice surge_json(struct int_or_percent share, struct arena *arena);

#endif
