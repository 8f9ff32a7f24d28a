// Recognises a text that is not a manifest yet: a template that a tool must still render.
#ifndef EVENKEEL_MANIFEST_TEMPLATE_H
#define EVENKEEL_MANIFEST_TEMPLATE_H

#include "base/error.h"
#include "base/text.h"

// Whether a text that cannot be read as YAML holds `{{`, as Helm's templates do.
bool template_is(struct slice file);

// Says in `error`, which tells why the file `name` cannot be read, how it is rendered.
void template_explain(const char *name, struct error *error);

#endif
