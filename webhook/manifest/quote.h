// Writes strings as YAML scalars that every reader reads as the same string.
#ifndef EVENKEEL_MANIFEST_QUOTE_H
#define EVENKEEL_MANIFEST_QUOTE_H

#include "base/text.h"

// Adds `string` (UTF-8) as people write it in block YAML: plain if it can only be read as this
// string, in single quotes if it contains double quotes or backslashes, else in double quotes.
void quote_plain(struct text *text, struct slice string);

// Adds `string` in double quotes, with YAML's escapes for characters that do not print. The result
// is also JSON, unless it has such a character.
void quote_double(struct text *text, struct slice string);

#endif
