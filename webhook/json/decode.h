// Decodes a JSON string's escapes (RFC 8259 section 7) as Go's encoding/json does: a surrogate
// without its partner becomes U+FFFD. Give it only the inside of a string, without quotes, that the
// tape accepted.
#ifndef EVENKEEL_JSON_DECODE_H
#define EVENKEEL_JSON_DECODE_H

#include "base/text.h"

// Whether `inside` decodes to exactly `text`.
bool decode_is(struct slice inside, struct slice text);

// Whether both decode to the same bytes.
bool decode_equal(struct slice a, struct slice b);

// Writes the decoded bytes, at most inside.size, to `out`. Returns their number.
size_t decode_into(struct slice inside, char *out);

#endif
