// Which policy entries apply to an object.
#ifndef EVENKEEL_POLICY_MATCH_H
#define EVENKEEL_POLICY_MATCH_H

#include "object/kinds.h"
#include "policy/policy.h"

// What a match looks at.
struct subject {
    const struct kind *kind;
    struct slice namespace;
    struct slice name;
    struct value labels; // of the object's own metadata
    bool owned;          // an ownerReference has controller: true
};

// Whether `match` matches the subject. An owned object is matched only with include_owned.
bool match_applies(const struct match *match, const struct subject *subject);

#endif
