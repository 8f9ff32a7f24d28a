// Kubernetes objects inside a policy: YAML by a table of shapes into compact JSON.
#ifndef EVENKEEL_LOADER_SHAPE_H
#define EVENKEEL_LOADER_SHAPE_H

#include "loader/reader.h"

enum { SHAPE_JSON_MAX = 256 * 1024 }; // bytes of one field's JSON

// Whether the field is a list of objects: its shape is one row of SHAPE_LIST that has the field's
// own key.
bool shape_is_list(const struct field *field);

// Reads the FIELD_JSON `field` at `node` into `out`, in the policy's arena: members in the table's
// order, with the fallbacks of those left out. 0, or -1 after at least one error; `out` is
// untouched then.
int shape_read(struct reader *reader, uint32_t node, const struct field *field, struct slice *out);

#endif
