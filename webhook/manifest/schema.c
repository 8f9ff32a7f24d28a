// The defaults of whole objects, and the few that depend on other fields beside them.
#include "manifest/schema.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct slice namespace_of(struct value metadata, const struct defaults_context *context)
{
    (void)metadata;
    return context->namespace;
}

static struct slice annotations_of(struct value metadata, const struct defaults_context *context)
{
    (void)metadata;
    return slice_of(context->last_applied.data ? "" : NULL);
}

static struct slice managed_fields_of(struct value metadata, const struct defaults_context *context)
{
    (void)metadata;
    return context->managed_fields;
}

static struct slice last_applied_of(struct value annotations,
                                    const struct defaults_context *context)
{
    (void)annotations;
    return context->last_applied;
}

static struct slice rolling_update_of(struct value strategy, const struct defaults_context *context)
{
    struct value type = value_get(strategy, "type");

    (void)context;
    if (value_exists(type) && !value_is(type, "RollingUpdate") && !value_is(type, ""))
        return (struct slice){0};
    return SLICE("");
}

static struct slice target_port_of(struct value port, const struct defaults_context *context)
{
    struct value number = value_get(port, "port");

    (void)context;
    return value_exists(number) ? value_raw(number) : (struct slice){0};
}

static bool service_is(struct value spec, const char *type)
{
    return value_is(value_get(spec, "type"), type);
}

static struct slice session_config_of(struct value spec, const struct defaults_context *context)
{
    (void)context;
    return slice_of(value_is(value_get(spec, "sessionAffinity"), "ClientIP") ? "" : NULL);
}

static struct slice external_policy_of(struct value spec, const struct defaults_context *context)
{
    bool cluster_ip = !value_exists(value_get(spec, "type")) || service_is(spec, "") ||
                      service_is(spec, "ClusterIP");

    (void)context;
    if (service_is(spec, "NodePort") || service_is(spec, "LoadBalancer") ||
        (cluster_ip && value_count(value_get(spec, "externalIPs")) > 0))
        return SLICE("\"Cluster\"");
    return (struct slice){0};
}

static struct slice internal_policy_of(struct value spec, const struct defaults_context *context)
{
    (void)context;
    return service_is(spec, "ExternalName") ? (struct slice){0} : SLICE("\"Cluster\"");
}

static struct slice node_ports_of(struct value spec, const struct defaults_context *context)
{
    (void)context;
    return service_is(spec, "LoadBalancer") ? SLICE("true") : (struct slice){0};
}

static const struct schema annotations[] = {
    {.key = "kubectl.kubernetes.io/last-applied-configuration", .depends = last_applied_of},
    SCHEMA_END,
};

// When the API converts DaemonSets, it keeps an old field here.
static const struct schema daemon_set_annotations[] = {
    {.key = "kubectl.kubernetes.io/last-applied-configuration", .depends = last_applied_of},
    {.key = "deprecated.daemonset.template.generation", .json = "\"0\""},
    SCHEMA_END,
};

static const struct schema daemon_set_metadata[] = {
    {.key = "namespace", .depends = namespace_of, .zero = true},
    {.key = "annotations", .json = "", .members = daemon_set_annotations, .drops = true},
    {.key = "labels", .drops = true},
    {.key = "finalizers", .drops = true},
    {.key = "managedFields", .depends = managed_fields_of},
    SCHEMA_END,
};

static const struct schema metadata[] = {
    {.key = "namespace", .depends = namespace_of, .zero = true},
    {.key = "annotations", .depends = annotations_of, .members = annotations, .drops = true},
    {.key = "labels", .drops = true},
    {.key = "finalizers", .drops = true},
    {.key = "managedFields", .depends = managed_fields_of},
    SCHEMA_END,
};

static const struct schema deployment_rolling[] = {
    {.key = "maxUnavailable", .json = "\"25%\""},
    {.key = "maxSurge", .json = "\"25%\""},
    SCHEMA_END,
};

static const struct schema deployment_strategy[] = {
    {.key = "type", .json = "\"RollingUpdate\"", .zero = true},
    {.key = "rollingUpdate", .depends = rolling_update_of, .members = deployment_rolling},
    SCHEMA_END,
};

static const struct schema deployment_spec[] = {
    {.key = "minReadySeconds", .drops = true},
    {.key = "paused", .drops = true},
    {.key = "replicas", .json = "1"},
    {.key = "template", .json = "", .members = schema_pod_template},
    {.key = "strategy", .json = "", .members = deployment_strategy},
    {.key = "revisionHistoryLimit", .json = "10"},
    {.key = "progressDeadlineSeconds", .json = "600"},
    SCHEMA_END,
};

static const struct schema stateful_set_rolling[] = {
    {.key = "partition", .json = "0"},
    SCHEMA_END,
};

static const struct schema stateful_set_strategy[] = {
    {.key = "type", .json = "\"RollingUpdate\"", .zero = true},
    {.key = "rollingUpdate", .depends = rolling_update_of, .members = stateful_set_rolling},
    SCHEMA_END,
};

static const struct schema retention[] = {
    {.key = "whenDeleted", .json = "\"Retain\"", .zero = true},
    {.key = "whenScaled", .json = "\"Retain\"", .zero = true},
    SCHEMA_END,
};

static const struct schema claim[] = {
    {.key = "kind", .json = "\"PersistentVolumeClaim\"", .zero = true},
    {.key = "apiVersion", .json = "\"v1\"", .zero = true},
    {.key = "spec", .members = schema_claim_spec},
    {.key = "status", .json = "{\"phase\":\"Pending\"}"},
    SCHEMA_END,
};

static const struct schema stateful_set_spec[] = {
    {.key = "minReadySeconds", .drops = true},
    {.key = "replicas", .json = "1"},
    {.key = "template", .json = "", .members = schema_pod_template},
    {.key = "volumeClaimTemplates", .members = claim},
    {.key = "podManagementPolicy", .json = "\"OrderedReady\"", .zero = true},
    {.key = "updateStrategy", .json = "", .members = stateful_set_strategy},
    {.key = "revisionHistoryLimit", .json = "10"},
    {.key = "persistentVolumeClaimRetentionPolicy", .json = "", .members = retention},
    SCHEMA_END,
};

static const struct schema daemon_set_rolling[] = {
    {.key = "maxUnavailable", .json = "1"},
    {.key = "maxSurge", .json = "0"},
    SCHEMA_END,
};

static const struct schema daemon_set_strategy[] = {
    {.key = "type", .json = "\"RollingUpdate\"", .zero = true},
    {.key = "rollingUpdate", .depends = rolling_update_of, .members = daemon_set_rolling},
    SCHEMA_END,
};

static const struct schema daemon_set_spec[] = {
    {.key = "minReadySeconds", .drops = true},
    {.key = "template", .json = "", .members = schema_pod_template},
    {.key = "updateStrategy", .json = "", .members = daemon_set_strategy},
    {.key = "revisionHistoryLimit", .json = "10"},
    SCHEMA_END,
};

static const struct schema service_port[] = {
    {.key = "protocol", .json = "\"TCP\"", .zero = true},
    {.key = "targetPort", .depends = target_port_of, .zero = true},
    SCHEMA_END,
};

static const struct schema client_ip[] = {
    {.key = "timeoutSeconds", .json = "10800"},
    SCHEMA_END,
};

static const struct schema session_config[] = {
    {.key = "clientIP", .json = "", .members = client_ip},
    SCHEMA_END,
};

static const struct schema service_spec[] = {
    {.key = "selector", .drops = true},
    {.key = "externalIPs", .drops = true},
    {.key = "loadBalancerSourceRanges", .drops = true},
    {.key = "healthCheckNodePort", .drops = true},
    {.key = "publishNotReadyAddresses", .drops = true},
    {.key = "ports", .members = service_port},
    {.key = "type", .json = "\"ClusterIP\"", .zero = true},
    {.key = "sessionAffinity", .json = "\"None\"", .zero = true},
    {.key = "sessionAffinityConfig", .depends = session_config_of, .members = session_config},
    {.key = "externalTrafficPolicy", .depends = external_policy_of, .zero = true},
    {.key = "internalTrafficPolicy", .depends = internal_policy_of},
    {.key = "allocateLoadBalancerNodePorts", .depends = node_ports_of},
    SCHEMA_END,
};

#define OBJECT(name, metadata)                                                                     \
    static const struct schema name##_object[] = {                                                 \
        {.key = "metadata", .json = "", .members = metadata},                                      \
        {.key = "spec", .json = "", .members = name##_spec},                                       \
        SCHEMA_END,                                                                                \
    }

OBJECT(deployment, metadata);
OBJECT(stateful_set, metadata);
OBJECT(daemon_set, daemon_set_metadata);
OBJECT(service, metadata);

static const struct schema other_object[] = {
    {.key = "metadata", .json = "", .members = metadata},
    SCHEMA_END,
};

static const struct {
    const char *api_version;
    const char *kind;
    const struct schema *fields;
} objects[] = {
    {"apps/v1", "Deployment", deployment_object},
    {"apps/v1", "StatefulSet", stateful_set_object},
    {"apps/v1", "DaemonSet", daemon_set_object},
    {"v1", "Service", service_object},
};

const struct schema *schema_find(struct slice api_version, struct slice kind)
{
    for (size_t i = 0; i < COUNT(objects); i++) {
        if (slice_is(api_version, objects[i].api_version) && slice_is(kind, objects[i].kind))
            return objects[i].fields;
    }
    return other_object;
}
