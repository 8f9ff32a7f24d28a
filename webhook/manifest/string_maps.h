// The maps of an object in which the API takes only text: annotations, labels and selectors.
#ifndef EVENKEEL_MANIFEST_STRING_MAPS_H
#define EVENKEEL_MANIFEST_STRING_MAPS_H

#include "manifest/split.h"
#include "json/value.h"

// Looks for a value that is no text, as YAML reads `on`, `off`, `yes` and `1.10` without quotes.
// kubectl and the API server refuse the object for it. Null is fine: the API takes it for the empty
// text. `value` is the object's JSON. Returns 0, or -1 with the first such value, its place in the
// file and what to write in `error`.
int string_maps_check(const struct object *object, struct value value, struct arena *arena,
                      struct error *error);

#endif
