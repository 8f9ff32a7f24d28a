// The `labelSelector` of a policy entry's match.
#ifndef EVENKEEL_LOADER_SELECTOR_H
#define EVENKEEL_LOADER_SELECTOR_H

#include "loader/reader.h"
#include "policy/policy.h"

// Reads the mapping at `node` into the requirements of `match`. Errors are reported.
void selector_read(struct reader *reader, uint32_t node, struct match *match);

#endif
