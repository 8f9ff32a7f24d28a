// Which namespaces are opted in, as far as the input shows it: the label that the webhook
// configuration selects.
#ifndef EVENKEEL_PREVIEW_NAMESPACES_H
#define EVENKEEL_PREVIEW_NAMESPACES_H

#include "base/error.h"
#include "base/index.h"
#include "manifest/split.h"

// Zeroed: nothing known.
struct namespaces {
    struct arena *names; // owned
    struct index index;  // count 1: opted in
};

// Notes `object` where it is a Namespace; `arena` is for decoding. 0, or -1 when memory is short.
int namespaces_learn(struct namespaces *namespaces, const struct object *object,
                     struct arena *arena, struct error *error);

// Whether the input shows that this namespace is not opted in. A namespace that is not in the input
// counts as opted in.
bool namespaces_excludes(const struct namespaces *namespaces, struct slice name);

void namespaces_clear(struct namespaces *namespaces);

#endif
