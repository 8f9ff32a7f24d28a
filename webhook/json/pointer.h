// RFC 6901 JSON Pointers. Their escaping is only in this file.
#ifndef EVENKEEL_JSON_POINTER_H
#define EVENKEEL_JSON_POINTER_H

#include "base/text.h"

// Adds "/" and `token` with ~ written as ~0 and / as ~1 (RFC 6901 section 3). The result is then
// escaped as the inside of a JSON string.
void pointer_add_token(struct text *text, struct slice token);

#endif
