// The ordered table of all rules. The order is the order of the report; where one rule looks at
// what another planned, it stands behind it.
#ifndef EVENKEEL_RULES_RULES_H
#define EVENKEEL_RULES_RULES_H

#include "policy/rule.h"

extern const struct rules rules_table;

#endif
