// The Services among the input, and which workloads they select: what the webhook, which sees one
// object at a time, cannot know.
#ifndef EVENKEEL_PREVIEW_SERVICES_H
#define EVENKEEL_PREVIEW_SERVICES_H

#include "manifest/split.h"
#include "json/value.h"

enum { SERVICE_PORTS_MAX = 32, SERVICE_MATCHES_MAX = 32 };

struct service {
    struct service *next;
    const char *file;
    uint32_t line;
    struct slice namespace;
    struct slice name;
    struct tape selector; // a JSON object of strings; owned
    bool load_balancer;
    struct slice ports[SERVICE_PORTS_MAX]; // where requests go: a number or a port's name
    uint32_t port_count;
    unsigned neighbours;    // workloads in its namespace, so far
    unsigned selected;      // those that it selects
    struct slice not_ready; // one of those that ends without a readiness probe
};

// Zeroed: none.
struct services {
    struct arena *arena; // owned
    struct service *first;
    struct service **end;
};

// Notes `object` where it is a Service with a selector. `file` must outlive the list. 0, or -1 when
// memory is short.
int services_learn(struct services *services, const char *file, const struct object *object,
                   struct slice namespace, struct error *error);

// The Services that select a workload in `namespace` with these pod labels; counts it with them. At
// most SERVICE_MATCHES_MAX. Returns how many.
uint32_t services_select(struct services *services, struct slice namespace, struct value labels,
                         struct service *matches[SERVICE_MATCHES_MAX]);

void services_clear(struct services *services);

#endif
