// RFC 4648 section 4: the standard alphabet, padded, no line breaks, as Go's []byte wants it.
#ifndef EVENKEEL_BASE_BASE64_H
#define EVENKEEL_BASE_BASE64_H

#include "base/text.h"

// Adds `bytes` in base64 to `text`.
void base64_add(struct text *text, struct slice bytes);

#endif
