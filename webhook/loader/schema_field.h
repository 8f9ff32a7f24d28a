// The JSON Schema of one field.
#ifndef EVENKEEL_LOADER_SCHEMA_FIELD_H
#define EVENKEEL_LOADER_SCHEMA_FIELD_H

#include "policy/settings.h"

// Adds the schema of what may stand for the field, as one JSON object.
void schema_add_field(struct text *json, const struct field *field);

// Adds `words` (NULL-terminated) as a JSON list of strings.
void schema_add_words(struct text *json, const char *const *words);

#endif
