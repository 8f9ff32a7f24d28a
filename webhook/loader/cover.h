// Whether one match matches everything that another one does. Only a yes is certain.
#ifndef EVENKEEL_LOADER_COVER_H
#define EVENKEEL_LOADER_COVER_H

#include "policy/policy.h"

// The limit for comparisons of one policy: lists of globs behind aliases would take for ever.
enum { COVER_STEPS_MAX = 2 * 1000 * 1000 };

struct cover {
    uint32_t steps; // done so far; at COVER_STEPS_MAX every answer is no
};

// Whether `wide` applies to whatever `narrow` applies to.
bool cover_match(struct cover *cover, const struct match *wide, const struct match *narrow);

// Whether `match` matches nothing because of its own exclusions or labels.
bool cover_nothing(struct cover *cover, const struct match *match);

#endif
