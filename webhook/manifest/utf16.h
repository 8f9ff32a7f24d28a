// Turns UTF-16 into UTF-8. Some editors write UTF-16, and kubectl reads it.
#ifndef EVENKEEL_MANIFEST_UTF16_H
#define EVENKEEL_MANIFEST_UTF16_H

#include "base/text.h"

// Whether the bytes begin with a byte order mark of UTF-16.
bool utf16_is(struct slice bytes);

// Returns text that utf16_is() found, as UTF-8 without the mark and NUL-terminated. Lone surrogates
// and a last odd byte become U+FFFD. The caller frees `data`. {NULL, 0} when memory is short.
struct slice utf16_decode(struct slice bytes);

#endif
