// The aliases of a YAML document, sorted so that all aliases of one value are next to each other.
#ifndef EVENKEEL_MANIFEST_ALIASES_H
#define EVENKEEL_MANIFEST_ALIASES_H

#include "yaml/yaml.h"

// Returns the indices of the document's `count` YAML_ALIAS nodes, sorted by the node that each
// stands for. The arena owns them. NULL when memory is short.
const uint32_t *aliases_list(const struct yaml_document *document, uint32_t count,
                             struct arena *arena);

#endif
