// Says what a policy does, in one line for each entry.
#ifndef EVENKEEL_CHECK_DESCRIBE_H
#define EVENKEEL_CHECK_DESCRIBE_H

#include <stdio.h>

#include "policy/policy.h"

void describe_policy(FILE *stream, const struct policy *policy, const struct rules *rules);

#endif
