// The `match` of a policy entry.
#ifndef EVENKEEL_LOADER_MATCH_H
#define EVENKEEL_LOADER_MATCH_H

#include "loader/reader.h"
#include "policy/policy.h"

// Reads the mapping at `node` into `match`, for an entry of `services:` or of `workloads:`. Errors
// are reported; what could be read is in `match` nevertheless.
void match_read(struct reader *reader, uint32_t node, bool services, struct match *match);

#endif
