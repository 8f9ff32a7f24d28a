// Finds a policy in the ConfigMap that has it in a cluster.
#ifndef EVENKEEL_CHECK_CONFIG_MAP_H
#define EVENKEEL_CHECK_CONFIG_MAP_H

#include "base/text.h"

struct arena;

// Returns the policy in `file`, if the file is one ConfigMap with a policy in its data: the text at
// the key policy.yaml or policy, else at the only key that ends in .yaml or .yml. The text is in
// `arena`. If the file has it as a literal scalar, the text keeps the file's indentation and starts
// with as many empty lines as the file has before it. So lines and columns are the file's. Only a
// document marker or a directive (`---`, `...`, `%YAML`) loses its indentation, as YAML takes it
// only without. {NULL, 0} when the file is no such ConfigMap, or memory is short.
struct slice config_map_policy(struct slice file, struct arena *arena);

#endif
