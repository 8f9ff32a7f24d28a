// The `match` of a policy entry.
#ifndef EVENKEEL_POLICY_LOAD_MATCH_H
#define EVENKEEL_POLICY_LOAD_MATCH_H

#include "core/policy.h"
#include "policy/reader.h"

// Reads the mapping at `node` into `match`, for an entry of `services:` or of `workloads:`. Errors
// are reported; what could be read is in `match` nevertheless.
void match_read(struct reader *reader, uint32_t node, bool services, struct match *match);

#endif
