// Carries a plan out in the user's own text: only bytes that an edit is about change.
#ifndef EVENKEEL_MANIFEST_EDIT_H
#define EVENKEEL_MANIFEST_EDIT_H

#include "manifest/splice.h"
#include "manifest/split.h"
#include "plan/plan.h"

enum { EDIT_SIZE_MAX = 256 * 1024 * 1024 }; // bytes of one object's JSON, and of one edit's text

// Notes in `splices` what has to change in `file` (the bytes that `object` was found in; `value` is
// its JSON) so that the object is as `root` (a plan's root place) says. Places count by their keys
// and indices alone: the plan may have been made for the object with its defaults; a parent that
// the user left out is written with just what is planned below it. `json`: the user's object as it
// is then, in compact JSON but for the user's own values.
//
// Aliases and merge keys: what an edit reaches through one is written out there; where an edit
// changes an anchored value, its aliases are written out as they were. Removing is the reverse of
// inserting: what was inserted here and is removed here leaves the text as it was, with parents
// that held nothing else.
//
// Splices and JSON are in `arena`. 0, or -1 when memory is short; `splices` must not be used then.
int edit_object(const struct object *object, struct slice file, struct value value,
                const struct place *root, struct arena *arena, struct splices *splices,
                struct slice *json, struct error *error);

#endif
