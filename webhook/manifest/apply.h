// A strict RFC 6902 applier on jansson: the independent check on every patch that the engine
// writes. It is not on the request path.
#ifndef EVENKEEL_MANIFEST_APPLY_H
#define EVENKEEL_MANIFEST_APPLY_H

#include <jansson.h>

#include "base/error.h"

// Applies `patch` (a JSON array of operations) to a deep copy of `document`. Returns a new
// reference to the result, or NULL with the operation's index and the problem in `error`. It is
// strict, as RFC 6902 and 6901 say: it fails on unknown operations, missing members, a missing
// parent, a `-` in a wrong place and leading zeros in an index.
json_t *apply_patch(const json_t *document, const json_t *patch, struct error *error);

#endif
