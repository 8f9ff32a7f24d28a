// RFC 6901 JSON Pointers: the one place that knows their escaping.
#ifndef EVENKEEL_JSON_POINTER_H
#define EVENKEEL_JSON_POINTER_H

#include "base/text.h"

// Adds "/" and `token` with ~ written as ~0 and / as ~1 (RFC 6901 section 3), escaped further as
// the inside of a JSON string.
void pointer_add_token(struct text *text, struct slice token);

#endif
