// Label selectors, as the API defines them (LabelSelector v1 meta), on an object of the API and on
// a policy's own form.
#ifndef EVENKEEL_POLICY_SELECTOR_H
#define EVENKEEL_POLICY_SELECTOR_H

#include "policy/policy.h"
#include "json/value.h"

// Whether a LabelSelector as it stands in an object (matchLabels, matchExpressions) selects
// `labels`. An empty selector selects everything, an absent or null one nothing. An operator that
// is not known selects nothing.
bool selector_matches(struct value selector, struct value labels);

// The same for a policy's requirements, which are and-ed; none matches everything.
bool requirements_match(const struct requirement *requirements, uint32_t count,
                        struct value labels);

#endif
