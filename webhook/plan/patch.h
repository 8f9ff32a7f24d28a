// The only place where a plan becomes a JSON Patch (RFC 6902). Only this knows pointers and missing
// parents, and that a user's value is copied as its raw bytes.
#ifndef EVENKEEL_PLAN_PATCH_H
#define EVENKEEL_PLAN_PATCH_H

#include "plan/plan.h"

enum { PATCH_SIZE_MAX = 32 * 1024 * 1024 };

// Writes the plan's edits to `text` as a JSON array of operations. Only `add` of an absent member
// under an existing parent and `replace` of an existing value are ever written: what the plan
// removes is left out of a replaced parent. An empty plan writes nothing. 0, or -1 with `error`
// when a place's parent is there and is no object, or the plan failed.
int patch_write(const struct plan *plan, struct text *text, struct error *error);

// The same for a live object, which others may change at the same time: each edit stands behind a
// `test` of what stood there, and what is removed is a `remove` of its own, with parents that held
// nothing else. So a patch that does not fit any more is refused whole, and one that fits changes
// nothing but its own places. `guards` (NULL-terminated) are places that must be as they are too,
// where they are there. Values are tested as the API server compares them, by the bytes that Go
// writes (https://pkg.go.dev/encoding/json#HTMLEscape).
int patch_write_tested(const struct plan *plan, struct text *text,
                       const struct place *const *guards, struct error *error);

// Writes what will stand at `place` once the plan is carried out, as one JSON value.
void patch_write_value(struct text *text, const struct place *place);

#endif
