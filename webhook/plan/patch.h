// The one place where a plan becomes a JSON Patch (RFC 6902): it alone knows pointers, missing
// parents, and that a user's value is copied as its own raw bytes.
#ifndef EVENKEEL_PLAN_PATCH_H
#define EVENKEEL_PLAN_PATCH_H

#include "plan/plan.h"

enum { PATCH_SIZE_MAX = 32 * 1024 * 1024 };

// Writes the plan's edits to `text` as a JSON array of operations. Only `add` of an absent member
// under an existing parent and `replace` of an existing value are ever written: what the plan
// removes is left out of a replaced parent. An empty plan writes nothing. 0, or -1 with `error`
// when a place's parent is there and is no object, or the plan failed.
int patch_write(const struct plan *plan, struct text *text, struct error *error);

// Writes what will stand at `place` once the plan is carried out, as one JSON value.
void patch_write_value(struct text *text, const struct place *place);

#endif
