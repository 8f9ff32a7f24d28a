// What the whole input tells about one object: hints and warnings on stderr. They never change what
// is injected, as the webhook sees one object at a time.
#ifndef EVENKEEL_PREVIEW_HINTS_H
#define EVENKEEL_PREVIEW_HINTS_H

#include "preview/decide.h"
#include "preview/services.h"

// Looks at a workload beside the Services that select it, and says what follows unless `quiet`.
// Returns the number of the port that the annotation evenkeel.dev/readiness-port would settle it
// with, or 0.
int32_t hints_look(struct services *services, const char *file, const struct decision *decision,
                   struct arena *arena, bool quiet);

// Says what is known of the Services once every workload was looked at.
void hints_finish(const struct services *services);

#endif
