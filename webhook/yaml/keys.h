// Checks the keys of a finished mapping.
#ifndef EVENKEEL_YAML_KEYS_H
#define EVENKEEL_YAML_KEYS_H

#include "yaml/yaml.h"

// Refuses two members with the same key (unless `twice`), and a merge key (`<<`) whose value is
// neither a mapping nor a list of at most YAML_MERGED_MAX mappings. The mapping at `mapping` has
// `count` members, and all were read. Returns 0, or -1 with the place in `error`.
int yaml_keys_check(const struct yaml_node *nodes, uint32_t mapping, uint32_t count, bool twice,
                    struct error *error);

#endif
