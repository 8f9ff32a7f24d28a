// A policy inside the ConfigMap that holds it in a cluster.
#ifndef EVENKEEL_CHECK_CONFIG_MAP_H
#define EVENKEEL_CHECK_CONFIG_MAP_H

#include "base/text.h"

struct arena;

// The policy in `file`, if that is one ConfigMap with a policy in its data: the text below the key
// policy.yaml or policy, else below the only key that ends in .yaml or .yml. In `arena`; where the
// file spells it in lines of its own (a literal scalar), indented as there and behind as many empty
// lines, so that lines and columns are the file's. {NULL, 0}: it is none, or memory is short.
struct slice config_map_policy(struct slice file, struct arena *arena);

#endif
