// Strings as YAML scalars that every reader takes for the same string.
#ifndef EVENKEEL_MANIFEST_QUOTE_H
#define EVENKEEL_MANIFEST_QUOTE_H

#include "base/text.h"

// Adds `string` (UTF-8) the way that people write it in block YAML: plain where nothing could take
// it for anything else, in single quotes where it holds double quotes or backslashes, else in
// double quotes.
void quote_plain(struct text *text, struct slice string);

// Adds `string` in double quotes, with YAML's escapes for what does not print. Also JSON, unless it
// holds such a character.
void quote_double(struct text *text, struct slice string);

#endif
