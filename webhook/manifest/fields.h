// The fields that a server-side apply of a manifest owns afterwards.
#ifndef EVENKEEL_MANIFEST_FIELDS_H
#define EVENKEEL_MANIFEST_FIELDS_H

#include "json/value.h"

// Adds the value of metadata.managedFields that an API server writes when `object` is applied by
// server-side apply: one entry of operation Apply with the object's fields as FieldsV1 (KEP-555).
// Containers are identified by their names. Any other list counts as one field, because no decision
// reads its items.
void fields_add(struct text *text, struct value object, struct slice api_version);

#endif
