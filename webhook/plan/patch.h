// The only place where a plan becomes a JSON Patch (RFC 6902). Only this knows pointers and missing
// parents, and that a user's value is copied as its raw bytes.
#ifndef EVENKEEL_PLAN_PATCH_H
#define EVENKEEL_PLAN_PATCH_H

#include "plan/plan.h"

enum { PATCH_SIZE_MAX = 32 * 1024 * 1024 };

// Writes the plan's edits to `text` as a JSON array of operations. It writes only two operations:
// `add` of an absent member to a parent that exists, and `replace` of a value that exists. What the
// plan removes is left out of a replaced parent. An empty plan writes nothing. Returns 0. Returns
// -1 with `error` if the parent of a place exists and is no object, or if the plan failed.
int patch_write(const struct plan *plan, struct text *text, struct error *error);

// The same for a live object, which others may change at the same time. A `test` of the present
// value comes before each edit. A removal is a `remove` of its own, together with parents that held
// nothing else. So the API server refuses a patch that does not fit any more, and one that fits
// changes only its own places. `guards` (NULL-terminated) are places that exist and must not have
// changed either. Values are compared as the API server does it, by the bytes that Go writes
// (https://pkg.go.dev/encoding/json#HTMLEscape).
int patch_write_tested(const struct plan *plan, struct text *text,
                       const struct place *const *guards, struct error *error);

// Writes the value that `place` will have after the plan, as JSON.
void patch_write_value(struct text *text, const struct place *place);

#endif
