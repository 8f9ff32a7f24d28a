// One workload and the Services that select it: the source of hints, and how each hint is said.
#ifndef EVENKEEL_PREVIEW_LOOK_H
#define EVENKEEL_PREVIEW_LOOK_H

#include "preview/hints.h"
#include "run/run.h"

enum { CANDIDATES_MAX = 8, HINT_SIZE_MAX = 64 * 1024 };

// A port of one container that a Service sends requests to.
struct candidate {
    int32_t number;
    const struct service *service;
};

struct candidates {
    struct candidate items[CANDIDATES_MAX];
    uint32_t count;
};

struct look {
    const char *file;
    const struct decision *decision;
    struct service *const *services;
    uint32_t service_count;
    struct arena *arena;
    struct tape *after; // the object as it would be
    bool quiet;
    struct hints *hints; // what was said is added here
};

// The ports of `container` that the Services use. A pod's only container may be meant by a number
// that it does not declare.
struct candidates look_candidates(const struct look *look, const struct container *container);

// Begins a line in `text`: "container NAME".
void look_container(const struct look *look, const struct container *container, struct text *text);

// Prints the line `text` about the workload, and adds it to its hints; neither where `quiet`.
void look_say(const struct look *look, bool warning, struct text *text);

#endif
