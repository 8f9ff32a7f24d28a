// The table of kinds. A new kind is a new row; nothing else in the engine names one.
#include "object/kinds.h"

const struct kind kinds_table[] = {
    {
        .name = "Deployment",
        .group = "apps",
        .resource = "deployments",
        .version = "v1",
        .flags = KIND_BUILT_IN | KIND_SURGE | KIND_MIN_READY | KIND_PROGRESS_DEADLINE | KIND_HOLD |
                 KIND_HISTORY,
        .surge_path = "strategy.rollingUpdate",
        .strategy_type_path = "strategy.type",
        .max_surge_default = "\"25%\"",
        .max_unavailable_default = "\"25%\"",
    },
    {
        .name = "StatefulSet",
        .group = "apps",
        .resource = "statefulsets",
        .version = "v1",
        .flags = KIND_BUILT_IN | KIND_MIN_READY,
        .strategy_type_path = "updateStrategy.type",
        .partition_path = "updateStrategy.rollingUpdate.partition",
    },
    {
        .name = "DaemonSet",
        .group = "apps",
        .resource = "daemonsets",
        .version = "v1",
        .flags = KIND_BUILT_IN | KIND_SURGE_EXCLUSIVE | KIND_MIN_READY,
        .surge_path = "updateStrategy.rollingUpdate",
        .strategy_type_path = "updateStrategy.type",
        .max_surge_default = "0",
        .max_unavailable_default = "1",
    },
    {
        // OpenKruise: maxSurge and maxUnavailable stand in updateStrategy itself.
        .name = "CloneSet",
        .group = "apps.kruise.io",
        .resource = "clonesets",
        .version = "v1alpha1",
        .flags = KIND_SURGE | KIND_MIN_READY,
        .surge_path = "updateStrategy",
        .strategy_type_path = "updateStrategy.type",
        .max_surge_default = "0",
        .max_unavailable_default = "\"20%\"",
        .partition_path = "updateStrategy.partition",
        .partition_percent = true,
    },
    {
        // Argo Rollouts: only a canary surges; its controller, not the API, fills defaults in.
        .name = "Rollout",
        .group = "argoproj.io",
        .resource = "rollouts",
        .version = "v1alpha1",
        .flags = KIND_SURGE | KIND_MIN_READY | KIND_PROGRESS_DEADLINE,
        .surge_path = "strategy.canary",
        .max_surge_default = "\"25%\"",
        .max_unavailable_default = "\"25%\"",
    },
    {
        .name = "Service",
        .group = "",
        .resource = "services",
        .version = "v1",
        .flags = KIND_SERVICE | KIND_BUILT_IN,
    },
};

const unsigned kinds_count = sizeof(kinds_table) / sizeof(kinds_table[0]);

const struct kind *kind_find(struct slice group, struct slice name)
{
    for (unsigned i = 0; i < kinds_count; i++)
        if (slice_is(name, kinds_table[i].name) && slice_is(group, kinds_table[i].group))
            return &kinds_table[i];
    return NULL;
}

const struct kind *kind_find_version(struct slice group, struct slice version, struct slice name)
{
    const struct kind *kind = kind_find(group, name);
    bool any = kind == NULL || kind->flags & KIND_BUILT_IN || version.size == 0;
    return any || slice_is(version, kind->version) ? kind : NULL;
}

const struct kind *kind_named(struct slice name)
{
    for (unsigned i = 0; i < kinds_count; i++)
        if (slice_is(name, kinds_table[i].name))
            return &kinds_table[i];
    return NULL;
}
