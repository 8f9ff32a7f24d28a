// The Services in the input, and which workloads they select. The webhook cannot know this, because
// it sees one object at a time.
#ifndef EVENKEEL_PREVIEW_SERVICES_H
#define EVENKEEL_PREVIEW_SERVICES_H

#include "base/index.h"
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
    bool headless;
    bool ready_only;                       // headless, and without publishNotReadyAddresses
    struct slice ports[SERVICE_PORTS_MAX]; // where requests go: a number or a port's name
    uint32_t port_count;
    struct service *next_alike; // of those that are looked for by the same label
    size_t order;               // among all Services of the input
    unsigned neighbours;        // workloads in its namespace; known after services_count()
    unsigned selected;          // those that it selects
    struct slice not_ready;     // one of those that ends without a readiness probe
};

// Zeroed: none.
struct services {
    struct arena *arena; // owned
    struct service *first;
    struct service **end;
    size_t count;
    bool indexed;
    struct index labels;     // by namespace and one label of the selector: its Services
    struct index namespaces; // those with Services: how many workloads were looked at
};

// Notes `object` where it is a Service with a selector. `file` must outlive the list. 0, or -1 when
// memory is short.
int services_learn(struct services *services, const char *file, const struct object *object,
                   struct slice namespace, struct error *error);

// The Services that select a workload in `namespace` with these pod labels, in the order of the
// input; counts it with them. At most SERVICE_MATCHES_MAX. Returns how many. All Services must have
// been learned. Short of memory it finds none.
uint32_t services_select(struct services *services, struct slice namespace, struct value labels,
                         struct service *matches[SERVICE_MATCHES_MAX]);

// Tells each Service how many workloads there were in its namespace.
void services_count(struct services *services);

void services_clear(struct services *services);

#endif
