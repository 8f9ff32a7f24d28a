// Carries out a plan in the user's own text. Only the bytes that an edit needs to change are
// changed.
#ifndef EVENKEEL_MANIFEST_EDIT_H
#define EVENKEEL_MANIFEST_EDIT_H

#include "manifest/splice.h"
#include "manifest/split.h"
#include "plan/plan.h"

enum { EDIT_SIZE_MAX = 256 * 1024 * 1024 }; // bytes of one object's JSON, and of one edit's text

// Notes in `splices` what has to change in `file` so that the object becomes what `root`, a plan's
// root place, says. `file` has the bytes that contain `object`, and `value` is its JSON. Only the
// keys and indices of places count, so the plan may be one for the object with its defaults. If the
// user left out a parent, it is written with only what is planned below it. `json` gets the user's
// object after the edit: compact JSON, except that the user's own values keep their bytes.
//
// Aliases and merge keys: if an edit reaches a value through one, the value is written out in that
// place. If an edit changes an anchored value, its aliases are written out with the old value.
// Removing is the reverse of inserting: if the same value is inserted and then removed here, the
// text is as before. Parents that hold nothing else are removed too.
//
// Splices and JSON are in `arena`. Returns 0, or -1 when memory is short. `splices` must not be
// used then.
int edit_object(const struct object *object, struct slice file, struct value value,
                const struct place *root, struct arena *arena, struct splices *splices,
                struct slice *json, struct error *error);

#endif
