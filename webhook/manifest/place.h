// Where a JSON Pointer (RFC 6901) leads in a jansson document.
#ifndef EVENKEEL_MANIFEST_PLACE_H
#define EVENKEEL_MANIFEST_PLACE_H

#include <jansson.h>

#include "core/error.h"
#include "core/text.h"

// A member or an item of `parent`, which need not exist.
struct place {
    json_t *parent; // borrowed; NULL: the whole document
    char *token;    // owned; the last reference token, decoded
    size_t size;
};

// Follows `pointer` from `root` up to its last token. 0, and `place` is to be cleared by the
// caller; or -1 with what was wrong in `error`: a malformed pointer, or a parent that is not there.
int place_find(json_t *root, struct slice pointer, struct place *place, struct error *error);

void place_clear(struct place *place);

// What stands at `place`, borrowed; NULL with a text in `error` when nothing does.
json_t *place_get(json_t *root, const struct place *place, struct error *error);

// Reads an array index as section 4 has it: digits without a leading zero, below `limit`. 0, or -1
// with `error`; `index` is untouched then. The "-" behind the last item is the caller's to know.
int place_index(struct slice token, size_t limit, size_t *index, struct error *error);

#endif
