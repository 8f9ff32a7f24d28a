// Base64 of RFC 4648 section 4: the standard alphabet, padded, without line breaks, as Go reads a
// []byte.
#ifndef EVENKEEL_BASE_BASE64_H
#define EVENKEEL_BASE_BASE64_H

#include "base/text.h"

// Adds `bytes` in base64 to `text`.
void base64_add(struct text *text, struct slice bytes);

#endif
