// The fields that a server-side apply of a manifest owns afterwards.
#ifndef EVENKEEL_MANIFEST_FIELDS_H
#define EVENKEEL_MANIFEST_FIELDS_H

#include "json/value.h"

// Adds the value of metadata.managedFields that an API server writes when `object` is applied by
// server-side apply: one entry of operation Apply with the object's fields as FieldsV1 (KEP-555).
// Containers are told by their names; other lists count as one field, as no decision looks into
// them.
void fields_add(struct text *text, struct value object, struct slice api_version);

#endif
