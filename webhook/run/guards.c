// Each guard is one function that looks at the pod template and says yes or no. The table gives
// their order.
#include "run/guards.h"

#include "policy/selector.h"
#include "run/volumes.h"

enum { KEYS_IN_AFFINITY_MINOR = 31 }; // matchLabelKeys of pod affinity: on by default from 1.31

static bool guards_read_write_once(const struct run *run)
{
    return volumes_attach(run);
}

// Runs `test` over the containers and init containers (a native sidecar is one of those).
static bool guards_any_container(const struct facts *facts, bool (*test)(struct value container))
{
    static const char *const lists[] = {"containers", "initContainers"};
    for (int i = 0; i < 2; i++) {
        struct value list = value_get(facts->pod_spec, lists[i]);
        for (struct value item = value_first(list); item.node; item = value_next(item))
            if (test(item))
                return true;
    }
    return false;
}

static bool guards_has_host_port(struct value container)
{
    struct value ports = value_get(container, "ports");
    for (struct value port = value_first(ports); port.node; port = value_next(port)) {
        int64_t number = 0;
        if (value_integer(value_get(port, "hostPort"), &number) && number > 0)
            return true;
    }
    return false;
}

static bool guards_host_port(const struct run *run)
{
    return guards_any_container(&run->facts, guards_has_host_port);
}

static bool guards_host_network(const struct run *run)
{
    return value_is_true(value_get(run->facts.pod_spec, "hostNetwork"));
}

// With pod-template-hash in matchLabelKeys, a term looks at pods of one version only.
static bool guards_by_version(struct value term)
{
    struct value keys = value_get(term, "matchLabelKeys");
    for (struct value key = value_first(keys); key.node; key = value_next(key))
        if (value_is(key, "pod-template-hash"))
            return true;
    return false;
}

static bool guards_own_namespace(const struct facts *facts, struct value term)
{
    struct value namespaces = value_get(term, "namespaces");
    if (value_count(namespaces) == 0 || value_exists(value_get(term, "namespaceSelector")))
        return true;
    for (struct value item = value_first(namespaces); item.node; item = value_next(item))
        if (value_is_slice(item, facts->namespace))
            return true;
    return false;
}

enum {
    GUARDS_LABELS_MAX = 256, // more than any pod has
    GUARDS_TERMS_MAX = 256,
};

// This is more than there is time for in a review. Then the guard applies, which is the safe side.
static bool guards_too_many(const struct facts *facts, struct value terms)
{
    uint32_t count = value_count(terms);
    return count > GUARDS_TERMS_MAX ||
           (count > 0 && value_count(facts->pod_labels) > GUARDS_LABELS_MAX);
}

static bool guards_self_anti_affinity(const struct run *run)
{
    const struct facts *facts = &run->facts;
    bool knows_keys = run->policy->kubernetes_minor >= KEYS_IN_AFFINITY_MINOR;
    struct value affinity = value_get(facts->pod_spec, "affinity");
    struct value terms = value_get(value_get(affinity, "podAntiAffinity"),
                                   "requiredDuringSchedulingIgnoredDuringExecution");
    if (guards_too_many(facts, terms))
        return true;
    for (struct value term = value_first(terms); term.node; term = value_next(term))
        if (!(knows_keys && guards_by_version(term)) && guards_own_namespace(facts, term) &&
            selector_matches(value_get(term, "labelSelector"), facts->pod_labels))
            return true;
    return false;
}

static bool guards_topology_spread(const struct run *run)
{
    const struct facts *facts = &run->facts;
    struct value list = value_get(facts->pod_spec, "topologySpreadConstraints");
    if (guards_too_many(facts, list))
        return true;
    for (struct value term = value_first(list); term.node; term = value_next(term))
        if (value_is(value_get(term, "whenUnsatisfiable"), "DoNotSchedule") &&
            value_is(value_get(term, "topologyKey"), "kubernetes.io/hostname") &&
            !guards_by_version(term) &&
            selector_matches(value_get(term, "labelSelector"), facts->pod_labels))
            return true;
    return false;
}

// As the API's IsExtendedResourceName: a name with a domain that is not Kubernetes' own. Huge pages
// are also limited on each node.
static bool guards_is_extended(struct slice name)
{
    if (slice_starts_with(name, "\"hugepages-"))
        return true;
    return name.size > 0 && memchr(name.data, '/', name.size) != NULL &&
           memmem(name.data, name.size, "kubernetes.io/", strlen("kubernetes.io/")) == NULL;
}

// Of a container, or of the pod as a whole.
static bool guards_asks_extended(struct value owner)
{
    static const char *const lists[] = {"limits", "requests"};
    struct value resources = value_get(owner, "resources");
    for (int i = 0; i < 2; i++) {
        struct value list = value_get(resources, lists[i]);
        for (struct value item = value_first(list); item.node; item = value_next(item))
            if (guards_is_extended(value_raw(value_key(item))))
                return true;
    }
    return value_count(value_get(resources, "claims")) > 0;
}

static bool guards_extended_resources(const struct run *run)
{
    struct value pod = run->facts.pod_spec;
    return value_count(value_get(pod, "resourceClaims")) > 0 || guards_asks_extended(pod) ||
           guards_any_container(&run->facts, guards_asks_extended);
}

static bool guards_is_daemon(const struct run *run)
{
    return run->facts.kind->flags & KIND_SURGE_EXCLUSIVE;
}

// Two pods of a DaemonSet on one node share its folders and its processes.
static bool guards_host_path(const struct run *run)
{
    return guards_is_daemon(run) && volumes_on_node(run);
}

static bool guards_host_pid(const struct run *run)
{
    return guards_is_daemon(run) && value_is_true(value_get(run->facts.pod_spec, "hostPID"));
}

static bool guards_host_ipc(const struct run *run)
{
    return guards_is_daemon(run) && value_is_true(value_get(run->facts.pod_spec, "hostIPC"));
}

// If one pod may be missing, nobody waits for an application that waits for a lock.
static bool guards_locked(const struct run *run)
{
    return run->budget.instance.volume.size > 0;
}

static const struct guard {
    enum reason reason;
    bool (*holds)(const struct run *run);
} guards_table[] = {
    {REASON_READ_WRITE_ONCE, guards_read_write_once},
    {REASON_HOST_PORT, guards_host_port},
    {REASON_HOST_NETWORK, guards_host_network},
    {REASON_HOST_PATH, guards_host_path},
    {REASON_HOST_PID, guards_host_pid},
    {REASON_HOST_IPC, guards_host_ipc},
    {REASON_SELF_ANTI_AFFINITY, guards_self_anti_affinity},
    {REASON_TOPOLOGY_SPREAD, guards_topology_spread},
    {REASON_EXTENDED_RESOURCES, guards_extended_resources},
    {REASON_EXCLUSIVE, guards_locked},
};

enum reason guards_surge(const struct run *run)
{
    for (size_t i = 0; i < sizeof(guards_table) / sizeof(guards_table[0]); i++)
        if (guards_table[i].holds(run))
            return guards_table[i].reason;
    return REASON_NONE;
}
