// Documents that look like objects but are not: patches, and files that are merged over something
// else.
#ifndef EVENKEEL_PREVIEW_FRAGMENT_H
#define EVENKEEL_PREVIEW_FRAGMENT_H

#include "preview/decide.h"

// Why this object, of a known kind, is only a part of one: it has a directive of strategic merge
// ($patch, $retainKeys …), or it lacks what the API requires. NULL: it is complete.
const char *fragment_reason(const struct decision *decision);

#endif
