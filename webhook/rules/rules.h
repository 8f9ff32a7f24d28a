// The ordered table of all rules. Reports have the same order. If a rule looks at what another one
// planned, it comes after that rule.
#ifndef EVENKEEL_RULES_RULES_H
#define EVENKEEL_RULES_RULES_H

#include "policy/rule.h"

extern const struct rules rules_table;

#endif
