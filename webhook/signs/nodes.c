// The table of spot and preemptible nodes, by the labels and taints that clouds give them.
#include "signs/nodes.h"

enum {
    LISTS_MAX = 64, // tolerations, terms and expressions that are looked at
};

// The notice is the time that the kubelet leaves an ordinary pod. GKE gives a node 30 seconds, and
// its critical pods get 15 of them. Azure gives 30. For others, it is the least of those that the
// label may mean.
static const struct node {
    const char *key;
    const char *value; // NULL: any
    int32_t notice;
} nodes_table[] = {
    {"cloud.google.com/gke-spot", "true", 15},
    {"cloud.google.com/gke-preemptible", "true", 15},
    {"cloud.google.com/gke-provisioning", "spot", 15},
    {"kubernetes.azure.com/scalesetpriority", "spot", 30},
    {"karpenter.sh/capacity-type", "spot", 30},
    {"scheduling.cast.ai/spot", NULL, 30},
    {"oci.oraclecloud.com/oke-is-preemptible", NULL, 30},
    {"node.kubernetes.io/lifecycle", "spot", 30},
    // No sleep takes half of two minutes.
    {"eks.amazonaws.com/capacityType", "SPOT", 120},
};

static int32_t nodes_less(int32_t a, int32_t b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

// The notice of the row for a key. Without `value`: any value, as with `Exists`.
static int32_t nodes_find(struct value key, struct value value)
{
    for (size_t i = 0; i < sizeof(nodes_table) / sizeof(nodes_table[0]); i++) {
        const struct node *row = &nodes_table[i];
        if (value_is(key, row->key) &&
            (row->value == NULL || !value_exists(value) || value_is(value, row->value)))
            return row->notice;
    }
    return 0;
}

static int32_t nodes_in_expressions(struct value expressions)
{
    int32_t notice = 0;
    uint32_t seen = 0;

    for (struct value item = value_first(expressions); item.node && seen++ < LISTS_MAX;
         item = value_next(item)) {
        struct value values = value_get(item, "values");
        uint32_t at = 0;

        if (value_is(value_get(item, "operator"), "Exists"))
            notice = nodes_less(notice, nodes_find(value_get(item, "key"), values));
        if (!value_is(value_get(item, "operator"), "In"))
            continue;
        for (struct value one = value_first(values); one.node && at++ < LISTS_MAX;
             one = value_next(one))
            notice = nodes_less(notice, nodes_find(value_get(item, "key"), one));
    }
    return notice;
}

// A pod that prefers such nodes runs on them whenever there are any.
static int32_t nodes_in_affinity(struct value pod_spec)
{
    struct value affinity = value_get(value_get(pod_spec, "affinity"), "nodeAffinity");
    struct value required = value_get(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    struct value terms = value_get(required, "nodeSelectorTerms");
    struct value preferred = value_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution");
    int32_t notice = 0;
    uint32_t seen = 0;

    for (struct value term = value_first(terms); term.node && seen++ < LISTS_MAX;
         term = value_next(term))
        notice = nodes_less(notice, nodes_in_expressions(value_get(term, "matchExpressions")));
    for (struct value item = value_first(preferred); item.node && seen++ < LISTS_MAX;
         item = value_next(item))
        notice = nodes_less(notice, nodes_in_expressions(value_get(value_get(item, "preference"),
                                                                   "matchExpressions")));
    return notice;
}

int32_t nodes_notice_seconds(struct value pod_spec)
{
    struct value selector = value_get(pod_spec, "nodeSelector");
    struct value tolerations = value_get(pod_spec, "tolerations");
    int32_t notice = nodes_in_affinity(pod_spec);
    uint32_t seen = 0;

    for (struct value item = value_first(selector); item.node && seen++ < LISTS_MAX;
         item = value_next(item))
        notice = nodes_less(notice, nodes_find(value_key(item), item));
    seen = 0;
    for (struct value item = value_first(tolerations); item.node && seen++ < LISTS_MAX;
         item = value_next(item))
        notice = nodes_less(notice, nodes_find(value_get(item, "key"), value_get(item, "value")));
    return notice;
}

bool nodes_may_be_azure_virtual(struct value pod_spec)
{
    uint32_t seen = 0;

    for (struct value item = value_first(value_get(pod_spec, "tolerations"));
         item.node && seen++ < LISTS_MAX; item = value_next(item)) {
        struct value key = value_get(item, "key"), value = value_get(item, "value");

        if (value_is(key, "azure.com/aci") ||
            (value_is(key, "virtual-kubelet.io/provider") &&
             (!value_exists(value) || value_is(value, "") || value_is(value, "azure"))))
            return true;
    }
    return false;
}

bool nodes_are_windows(struct value pod_spec)
{
    struct value selector = value_get(pod_spec, "nodeSelector");

    return value_is(value_get(value_get(pod_spec, "os"), "name"), "windows") ||
           value_is(value_get(selector, "kubernetes.io/os"), "windows") ||
           value_is(value_get(selector, "beta.kubernetes.io/os"), "windows");
}
