// Documents that look like objects but are not: patches, and files that are merged over something
// else.
#ifndef EVENKEEL_PREVIEW_FRAGMENT_H
#define EVENKEEL_PREVIEW_FRAGMENT_H

#include "preview/decide.h"

// Why this object, of a kind that evenkeel knows, is only a part of one: it holds a directive of
// strategic merge ($patch, $retainKeys …), or it lacks what the API requires. NULL: it is whole.
const char *fragment_reason(const struct decision *decision);

#endif
