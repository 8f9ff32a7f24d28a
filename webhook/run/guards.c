// Each guard is one function from the pod template to yes or no; the table gives their order.
#include "run/guards.h"

#include "policy/selector.h"

// Volumes that attach to one node, or that may (PersistentVolume access modes,
// https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes).
static const struct slice guards_volume_types[] = {
    SLICE("persistentVolumeClaim"),
    SLICE("awsElasticBlockStore"),
    SLICE("azureDisk"),
    SLICE("cinder"),
    SLICE("fc"),
    SLICE("gcePersistentDisk"),
    SLICE("iscsi"),
    SLICE("rbd"),
    SLICE("photonPersistentDisk"),
    SLICE("portworxVolume"),
    SLICE("scaleIO"),
    SLICE("storageos"),
    SLICE("vsphereVolume"),
};

// Whether `member` of a volume is of one of those types. Compared by its raw bytes, for a key is
// hardly ever written with escapes.
static bool guards_attaches(struct value member)
{
    struct value key = value_key(member);
    struct slice raw = value_raw(key);
    if (raw.size == 0)
        return false;
    bool escaped = memchr(raw.data, '\\', raw.size) != NULL;
    struct slice bare = {raw.data + 1, raw.size - 2};
    for (size_t i = 0; i < sizeof(guards_volume_types) / sizeof(guards_volume_types[0]); i++)
        if (escaped ? value_is_slice(key, guards_volume_types[i])
                    : slice_equal(bare, guards_volume_types[i]))
            return value_exists(member);
    return false;
}

static bool guards_read_write_once(const struct facts *facts)
{
    struct value volumes = value_get(facts->pod_spec, "volumes");
    for (struct value volume = value_first(volumes); volume.node; volume = value_next(volume))
        for (struct value item = value_first(volume); item.node; item = value_next(item))
            if (guards_attaches(item))
                return true;
    return false;
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

static bool guards_host_port(const struct facts *facts)
{
    return guards_any_container(facts, guards_has_host_port);
}

static bool guards_host_network(const struct facts *facts)
{
    return value_is_true(value_get(facts->pod_spec, "hostNetwork"));
}

// With pod-template-hash among matchLabelKeys a term looks at pods of one version only.
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

// More than can be looked at in the time of a review; then the guard holds, which is the safe side.
static bool guards_too_many(const struct facts *facts, struct value terms)
{
    uint32_t count = value_count(terms);
    return count > GUARDS_TERMS_MAX ||
           (count > 0 && value_count(facts_pod_labels(facts)) > GUARDS_LABELS_MAX);
}

static bool guards_self_anti_affinity(const struct facts *facts)
{
    struct value affinity = value_get(facts->pod_spec, "affinity");
    struct value terms = value_get(value_get(affinity, "podAntiAffinity"),
                                   "requiredDuringSchedulingIgnoredDuringExecution");
    if (guards_too_many(facts, terms))
        return true;
    for (struct value term = value_first(terms); term.node; term = value_next(term))
        if (!guards_by_version(term) && guards_own_namespace(facts, term) &&
            selector_matches(value_get(term, "labelSelector"), facts_pod_labels(facts)))
            return true;
    return false;
}

static bool guards_topology_spread(const struct facts *facts)
{
    struct value list = value_get(facts->pod_spec, "topologySpreadConstraints");
    if (guards_too_many(facts, list))
        return true;
    for (struct value term = value_first(list); term.node; term = value_next(term))
        if (value_is(value_get(term, "whenUnsatisfiable"), "DoNotSchedule") &&
            value_is(value_get(term, "topologyKey"), "kubernetes.io/hostname") &&
            !guards_by_version(term) &&
            selector_matches(value_get(term, "labelSelector"), facts_pod_labels(facts)))
            return true;
    return false;
}

// As the API's IsExtendedResourceName has it: a name with a domain that is not Kubernetes' own.
static bool guards_is_extended(struct slice name)
{
    return name.size > 0 && memchr(name.data, '/', name.size) != NULL &&
           memmem(name.data, name.size, "kubernetes.io/", strlen("kubernetes.io/")) == NULL;
}

static bool guards_asks_extended(struct value container)
{
    static const char *const lists[] = {"limits", "requests", "claims"};
    struct value resources = value_get(container, "resources");
    for (int i = 0; i < 2; i++) {
        struct value list = value_get(resources, lists[i]);
        for (struct value item = value_first(list); item.node; item = value_next(item))
            if (guards_is_extended(value_raw(value_key(item))))
                return true;
    }
    return value_count(value_get(resources, lists[2])) > 0;
}

static bool guards_extended_resources(const struct facts *facts)
{
    return guards_any_container(facts, guards_asks_extended);
}

static const struct guard {
    enum reason reason;
    bool (*holds)(const struct facts *facts);
} guards_table[] = {
    {REASON_READ_WRITE_ONCE, guards_read_write_once},
    {REASON_HOST_PORT, guards_host_port},
    {REASON_HOST_NETWORK, guards_host_network},
    {REASON_SELF_ANTI_AFFINITY, guards_self_anti_affinity},
    {REASON_TOPOLOGY_SPREAD, guards_topology_spread},
    {REASON_EXTENDED_RESOURCES, guards_extended_resources},
};

enum reason guards_surge(const struct facts *facts)
{
    for (size_t i = 0; i < sizeof(guards_table) / sizeof(guards_table[0]); i++)
        if (guards_table[i].holds(facts))
            return guards_table[i].reason;
    return REASON_NONE;
}
