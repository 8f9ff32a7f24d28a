// What the rules ask about one object. It is read once. A fact is what the object says. It is never
// a decision.
#ifndef EVENKEEL_OBJECT_FACTS_H
#define EVENKEEL_OBJECT_FACTS_H

#include "object/kinds.h"
#include "plan/plan.h"

struct arena;

enum {
    CONTAINERS_MAX = 64
}; // of one pod template; a template with more is passed over as malformed

// One of the pod template's `containers`. Init containers, native sidecars (init containers that
// restart Always) and ephemeral containers are never in the list.
struct container {
    struct slice name;
    struct slice image;
    struct place *place;
    struct value at;
    struct value ports;
    bool proxy;     // a known mesh proxy beside other containers
    bool completed; // by Istio's injector, from its template of a gateway: `image: auto`
};

struct facts {
    const struct kind *kind;
    struct slice name; // metadata.name; empty when the API has yet to make one
    struct slice namespace;
    struct value object;
    struct value metadata;
    struct value spec;
    struct value old_object;   // what an UPDATE replaces; absent: a CREATE, or it was not sent
    bool create;               // the operation; else UPDATE
    bool became_load_balancer; // a Service that was of another type before this UPDATE

    struct place *root;
    struct place *metadata_place;
    struct place *annotations; // metadata.annotations
    struct place *spec_place;

    // Workloads.
    struct value template;
    struct value pod_labels; // the template's own
    struct value pod_annotations;
    struct value pod_spec;
    struct place *template_place;
    struct place *pod_spec_place;
    struct place *surge_place;  // where maxSurge and maxUnavailable stand; NULL: the kind has none
    struct slice strategy_type; // empty: not said
    struct container *containers;
    uint32_t container_count;
};

// Reads `object` into `facts`, which borrow from it, from `plan` and from `arena`. Returns 0, or -1
// with the problem if the object is malformed.
int facts_read(struct facts *facts, const struct kind *kind, struct value object, bool create,
               struct plan *plan, struct arena *arena, struct error *error);

// Whether `name` is the name of a proxy that a mesh's injector puts into `containers`.
bool facts_is_proxy(struct slice name);

// A decoded annotation of the object's own metadata. {NULL, 0} if it is absent.
struct slice facts_annotation(const struct facts *facts, const char *key, struct arena *arena);

// Whether the object's selector needs the label `key`. The API refuses a template without it.
bool facts_selects(const struct facts *facts, struct slice key);

#endif
