// What the whole input says about one object: hints and warnings on stderr. They never change what
// is injected, because the webhook sees one object at a time.
#ifndef EVENKEEL_PREVIEW_HINTS_H
#define EVENKEEL_PREVIEW_HINTS_H

#include "preview/decide.h"
#include "preview/services.h"

// Compares a workload with the Services that select it, and reports the result unless `quiet`.
// Returns the number of the port with which the annotation evenkeel.dev/readiness-port would settle
// it, or 0.
int32_t hints_look(struct services *services, const char *file, const struct decision *decision,
                   struct arena *arena, bool quiet);

// Reports what is known about the Services after every workload was looked at.
void hints_finish(const struct services *services);

#endif
