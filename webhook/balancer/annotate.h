// Annotations that a policy describes as data, so that a cloud needs no code: what to write, and
// when. A rule reads them with annotate_read(), and writes each one with annotate().
#ifndef EVENKEEL_BALANCER_ANNOTATE_H
#define EVENKEEL_BALANCER_ANNOTATE_H

#include "policy/settings.h"
#include "run/run.h"

// All lists are and-ed; of types and classes any item is enough.
struct annotate_when {
    struct slices types;   // of Services; none: LoadBalancer
    struct slices classes; // globs on loadBalancerClass, "" where there is none; none: any
    struct slices present; // annotations, as "key" or "key=value"
    struct slices absent;
};

struct annotate_item {
    struct slice name;
    struct slice value;
    bool merge;   // a list of key=value, added to the user's own
    bool literal; // placeholders stand for themselves
    bool live;    // also into a Service that has its load balancer already
    struct annotate_when when;
};

struct annotate_list {
    struct annotate_item *items;
    uint32_t count;
};

// The settings `add` and `when` of a rule for Services, and of one for pod templates.
extern const struct shape annotate_service_add[], annotate_service_when[];
extern const struct shape annotate_pod_add[], annotate_pod_when[];

// What a rule's settings say. An item's own `when` and `live` come before the rule's.
struct annotate_source {
    const struct pairs *set;
    struct slice add, when; // JSON; empty: not given
    bool live;
};

// Reads all of `source` into `list`, in `arena`; `tape` is the caller's to use again. 0, or -1 when
// memory is short.
int annotate_read(const struct annotate_source *source, struct tape *tape, struct arena *arena,
                  struct annotate_list *list);

// The item that decides about the name of item `index`: of several with one name the first whose
// conditions hold. NULL where an earlier index has the name.
const struct annotate_item *annotate_pick(struct run *run, struct place *annotations,
                                          const struct annotate_list *list, uint32_t index);

// Writes one item into `annotations`: those of the Service, or of the pod template. A user's own
// value stands; a list of the user's is only added to, with what it has no key for.
struct finding annotate(struct run *run, struct place *annotations,
                        const struct annotate_item *item);

// Refuses what no item may have, when a policy is read. 0, or -1 with `error`.
int annotate_check(const struct annotate_source *source, bool service, struct error *error);

#endif
