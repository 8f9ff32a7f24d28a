// Where a JSON Pointer (RFC 6901) leads in a jansson document.
#ifndef EVENKEEL_MANIFEST_LOCATION_H
#define EVENKEEL_MANIFEST_LOCATION_H

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"

// A member or an item of `parent`, which need not exist.
struct location {
    json_t *parent; // borrowed; NULL: the whole document
    char *token;    // owned; the last reference token, decoded
    size_t size;
};

// Follows `pointer` from `root` up to its last token. 0, and `location` is to be cleared by the
// caller; or -1 with what was wrong in `error`: a malformed pointer, or a parent that is not there.
int location_find(json_t *root, struct slice pointer, struct location *location,
                  struct error *error);

void location_clear(struct location *location);

// The value at `location`, borrowed. NULL with a text in `error` if there is none.
json_t *location_get(json_t *root, const struct location *location, struct error *error);

// Reads an array index as section 4 has it: digits without a leading zero, below `limit`. 0, or -1
// with `error`; `index` is untouched then. The "-" behind the last item is the caller's to know.
int location_index(struct slice token, size_t limit, size_t *index, struct error *error);

#endif
