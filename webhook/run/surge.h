// Numbers of pods or shares of them, as in maxSurge and maxUnavailable (IntOrString).
#ifndef EVENKEEL_RUN_SURGE_H
#define EVENKEEL_RUN_SURGE_H

#include "run/run.h"

// Whether a value in the object means no pod: 0 or "0%". False if it is neither a number nor a
// share.
bool surge_is_zero(struct value value, struct arena *arena);

// The number of pods that `share` of `replicas` gives, rounded down as the API rounds
// maxUnavailable.
int64_t surge_rounded_down(struct int_or_percent share, int64_t replicas);

// Reads the JSON of a number or a share: 1 or "25%". False if it is neither; then `share` does not
// change.
bool surge_read(struct slice json, struct int_or_percent *share);

// Its JSON in the arena: 1 or "25%".
struct slice surge_json(struct int_or_percent share, struct arena *arena);

#endif
