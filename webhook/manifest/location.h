// The place in a jansson document to which a JSON Pointer (RFC 6901) refers.
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

// Follows `pointer` from `root` up to its last token. Returns 0, and the caller clears `location`.
// Returns -1 with the problem in `error` if the pointer is malformed or a parent does not exist.
int location_find(json_t *root, struct slice pointer, struct location *location,
                  struct error *error);

void location_clear(struct location *location);

// Returns the value at `location`, borrowed. NULL with a text in `error` if there is none.
json_t *location_get(json_t *root, const struct location *location, struct error *error);

// Reads an array index as section 4 defines it: digits without a leading zero, below `limit`.
// Returns 0, or -1 with `error` and `index` unchanged. The caller handles "-", the place after the
// last item.
int location_index(struct slice token, size_t limit, size_t *index, struct error *error);

#endif
