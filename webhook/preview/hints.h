// What the whole input says about one object: hints and warnings. They never change what is
// injected, because the webhook sees one object at a time.
#ifndef EVENKEEL_PREVIEW_HINTS_H
#define EVENKEEL_PREVIEW_HINTS_H

#include "preview/decide.h"
#include "preview/services.h"

enum { HINTS_MAX = 64 };

// A line of text about one object.
struct hint {
    bool warning; // else advice
    struct slice text;
};

struct hints {
    struct hint items[HINTS_MAX];
    uint32_t count;
};

// Compares a workload with the Services that select it. What this shows goes to stderr, with the
// file and the line, and into `hints`, whose texts stand in `arena`; neither if `quiet`. Returns
// the number of the port with which the annotation evenkeel.dev/readiness-port would settle it, or
// 0.
int32_t hints_look(struct services *services, const char *file, const struct decision *decision,
                   struct arena *arena, bool quiet, struct hints *hints);

// What is known about a Service after every workload was looked at, and services_count().
void hints_service(const struct service *service, struct arena *arena, struct hints *hints);

#endif
