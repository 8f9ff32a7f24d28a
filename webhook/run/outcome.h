// What was found on one object, and the limits for what is reported about it.
#ifndef EVENKEEL_RUN_OUTCOME_H
#define EVENKEEL_RUN_OUTCOME_H

#include "policy/policy.h"

enum {
    ADMIT_OUTCOMES_MAX =
        512, // rules times containers; what goes past it is counted in `outcomes_dropped`
    ADMIT_WARNINGS_MAX = 8,
    ADMIT_WARNING_SIZE_MAX = 120, // the API's advice for a single warning, in bytes here
};

// What one rule decided about the object or one container.
struct outcome {
    const struct rule *rule; // NULL: an annotation that names no rule's setting
    struct slice container;  // empty: the object
    struct finding finding;
    uint32_t line; // of the policy entry that named the rule last
};

#endif
