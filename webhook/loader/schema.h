// What a policy may hold, from the rules' own tables: for editors, and for the documentation.
#ifndef EVENKEEL_LOADER_SCHEMA_H
#define EVENKEEL_LOADER_SCHEMA_H

#include "policy/rule.h"

enum { SCHEMA_SIZE_MAX = 4 * 1024 * 1024 }; // bytes of either text

// A JSON Schema (draft 07, which editors read best) of policies, closed: unknown keys do not
// validate. The arena owns it; {NULL, 0} when memory is short.
struct slice schema_json(const struct rules *rules, struct arena *arena);

// Every rule with its scope, summary and settings, in Markdown. The arena owns it; {NULL, 0} when
// memory is short.
struct slice schema_markdown(const struct rules *rules, struct arena *arena);

#endif
