// One workload and the Services that select it: the source of hints, and how each hint begins.
#ifndef EVENKEEL_PREVIEW_LOOK_H
#define EVENKEEL_PREVIEW_LOOK_H

#include "preview/decide.h"
#include "preview/services.h"
#include "run/run.h"

enum { CANDIDATES_MAX = 8 };

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
};

// The ports of `container` that the Services use. A pod's only container may be meant by a number
// that it does not declare.
struct candidates look_candidates(const struct look *look, const struct container *container);

// Writes bytes of the input to stderr, control characters as '?'.
void look_print(struct slice text);

// Begins a line on stderr: "evenkeel: FILE:LINE: what: ".
void look_begin(const char *file, uint32_t line, const char *what);

// The same about one container of the workload: "... container NAME".
void look_begin_container(const struct look *look, const char *what,
                          const struct container *container);

#endif
