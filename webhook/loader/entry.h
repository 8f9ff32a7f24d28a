// The entries of `workloads:` and `services:`.
#ifndef EVENKEEL_LOADER_ENTRY_H
#define EVENKEEL_LOADER_ENTRY_H

#include "loader/reader.h"
#include "policy/policy.h"

struct entries {
    const struct entry *items;
    uint32_t count;
};

// Reads the list at `node`, of `services:` or of `workloads:`, into `entries`. `defaults` has each
// rule's settings with every field's default. Errors are reported; what could be read is there
// nevertheless.
void entries_read(struct reader *reader, uint32_t node, bool services,
                  const struct settings *const *defaults, struct entries *entries);

#endif
