// Label selectors, as the API defines them (LabelSelector v1 meta), on an object of the API and on
// a policy's own form.
#ifndef EVENKEEL_POLICY_SELECTOR_H
#define EVENKEEL_POLICY_SELECTOR_H

#include "policy/policy.h"
#include "json/value.h"

// Whether a LabelSelector of an object (matchLabels, matchExpressions) selects `labels`. An empty
// selector selects everything. An absent or null one selects nothing, and so does an unknown
// operator.
bool selector_matches(struct value selector, struct value labels);

// The same for a policy's requirements, which must all hold. None matches everything.
bool requirements_match(const struct requirement *requirements, uint32_t count,
                        struct value labels);

#endif
