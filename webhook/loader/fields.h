// A rule's settings in a policy entry, by the rule's own table.
#ifndef EVENKEEL_LOADER_FIELDS_H
#define EVENKEEL_LOADER_FIELDS_H

#include "loader/reader.h"

// Reads what stands at `node` for `rule`, whose key is at `key`; only the fields that stand there
// are present in the result, which the policy's arena owns. `defaults` are the rule's own, for its
// check. NULL after at least one error, or when memory is short.
const struct settings *fields_read(struct reader *reader, const struct rule *rule, uint32_t key,
                                   uint32_t node, uint32_t entry_line,
                                   const struct settings *defaults);

#endif
