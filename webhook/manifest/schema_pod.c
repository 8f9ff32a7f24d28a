// The defaults of a pod template (SetDefaults_PodSpec and SetDefaults_Container of Kubernetes 1.32;
// those of SetDefaults_Pod are only for pods).
#include "manifest/schema.h"

static struct slice raw_if_set(struct value value)
{
    return value_exists(value) ? value_raw(value) : (struct slice){0};
}

// The deprecated serviceAccount always has the same value as serviceAccountName.
static struct slice service_account_of(struct value pod_spec,
                                       const struct defaults_context *context)
{
    (void)context;
    return raw_if_set(value_get(pod_spec, "serviceAccountName"));
}

static struct slice service_account_name_of(struct value pod_spec,
                                            const struct defaults_context *context)
{
    (void)context;
    return raw_if_set(value_get(pod_spec, "serviceAccount"));
}

static struct slice pull_policy_of(struct value container, const struct defaults_context *context)
{
    struct slice image = value_raw(value_get(container, "image"));

    (void)context;
    if (image.size >= 2 && image.data[0] == '"')
        image = (struct slice){image.data + 1, image.size - 2};
    return schema_image_is_latest(image) ? SLICE("\"Always\"") : SLICE("\"IfNotPresent\"");
}

// A volume without a source is an emptyDir.
static struct slice empty_dir_of(struct value volume, const struct defaults_context *context)
{
    (void)context;
    for (struct value member = value_first(volume); member.node; member = value_next(member)) {
        if (!value_is(value_key(member), "name") && value_exists(member))
            return (struct slice){0};
    }
    return SLICE("{}");
}

const struct schema schema_claim_spec[] = {
    {.key = "volumeMode", .json = "\"Filesystem\""},
    SCHEMA_END,
};

static const struct schema http_get[] = {
    {.key = "path", .json = "\"/\"", .zero = true},
    {.key = "scheme", .json = "\"HTTP\"", .zero = true},
    SCHEMA_END,
};

static const struct schema grpc[] = {
    {.key = "service", .json = "\"\""},
    SCHEMA_END,
};

static const struct schema probe[] = {
    {.key = "initialDelaySeconds", .drops = true},
    {.key = "httpGet", .members = http_get},
    {.key = "grpc", .members = grpc},
    {.key = "timeoutSeconds", .json = "1", .zero = true},
    {.key = "periodSeconds", .json = "10", .zero = true},
    {.key = "successThreshold", .json = "1", .zero = true},
    {.key = "failureThreshold", .json = "3", .zero = true},
    SCHEMA_END,
};

static const struct schema handler[] = {
    {.key = "httpGet", .members = http_get},
    SCHEMA_END,
};

static const struct schema lifecycle[] = {
    {.key = "postStart", .members = handler},
    {.key = "preStop", .members = handler},
    SCHEMA_END,
};

static const struct schema container_port[] = {
    {.key = "protocol", .json = "\"TCP\"", .zero = true},
    SCHEMA_END,
};

static const struct schema field_ref[] = {
    {.key = "apiVersion", .json = "\"v1\"", .zero = true},
    SCHEMA_END,
};

static const struct schema resource_ref[] = {
    {.key = "divisor", .json = "\"0\""},
    SCHEMA_END,
};

static const struct schema value_from[] = {
    {.key = "fieldRef", .members = field_ref},
    {.key = "resourceFieldRef", .members = resource_ref},
    SCHEMA_END,
};

static const struct schema env[] = {
    {.key = "valueFrom", .members = value_from},
    SCHEMA_END,
};

static const struct schema container[] = {
    {.key = "command", .drops = true},
    {.key = "args", .drops = true},
    {.key = "envFrom", .drops = true},
    {.key = "volumeMounts", .drops = true},
    {.key = "volumeDevices", .drops = true},
    {.key = "stdin", .drops = true},
    {.key = "stdinOnce", .drops = true},
    {.key = "tty", .drops = true},
    {.key = "workingDir", .drops = true},
    {.key = "ports", .drops = true, .members = container_port},
    {.key = "env", .drops = true, .members = env},
    {.key = "resources", .json = "{}"},
    {.key = "livenessProbe", .members = probe},
    {.key = "readinessProbe", .members = probe},
    {.key = "startupProbe", .members = probe},
    {.key = "lifecycle", .members = lifecycle},
    {.key = "terminationMessagePath", .json = "\"/dev/termination-log\"", .zero = true},
    {.key = "terminationMessagePolicy", .json = "\"File\"", .zero = true},
    {.key = "imagePullPolicy", .depends = pull_policy_of, .zero = true},
    SCHEMA_END,
};

static const struct schema with_mode[] = {
    {.key = "defaultMode", .json = "420"},
    SCHEMA_END,
};

static const struct schema downward_item[] = {
    {.key = "fieldRef", .members = field_ref},
    {.key = "resourceFieldRef", .members = resource_ref},
    SCHEMA_END,
};

static const struct schema downward_api[] = {
    {.key = "items", .members = downward_item},
    {.key = "defaultMode", .json = "420"},
    SCHEMA_END,
};

static const struct schema downward_source[] = {
    {.key = "items", .members = downward_item},
    SCHEMA_END,
};

static const struct schema token[] = {
    {.key = "expirationSeconds", .json = "3600"},
    SCHEMA_END,
};

static const struct schema projected_source[] = {
    {.key = "serviceAccountToken", .members = token},
    {.key = "downwardAPI", .members = downward_source},
    SCHEMA_END,
};

static const struct schema projected[] = {
    {.key = "sources", .members = projected_source},
    {.key = "defaultMode", .json = "420"},
    SCHEMA_END,
};

static const struct schema host_path[] = {
    {.key = "type", .json = "\"\""},
    SCHEMA_END,
};

static const struct schema ephemeral_claim[] = {
    {.key = "spec", .members = schema_claim_spec},
    SCHEMA_END,
};

static const struct schema ephemeral[] = {
    {.key = "volumeClaimTemplate", .members = ephemeral_claim},
    SCHEMA_END,
};

static const struct schema volume[] = {
    {.key = "emptyDir", .depends = empty_dir_of}, {.key = "secret", .members = with_mode},
    {.key = "configMap", .members = with_mode},   {.key = "downwardAPI", .members = downward_api},
    {.key = "projected", .members = projected},   {.key = "hostPath", .members = host_path},
    {.key = "ephemeral", .members = ephemeral},   SCHEMA_END,
};

static const struct schema pod_spec[] = {
    {.key = "readinessGates", .drops = true},
    {.key = "nodeSelector", .drops = true},
    {.key = "tolerations", .drops = true},
    {.key = "imagePullSecrets", .drops = true},
    {.key = "hostAliases", .drops = true},
    {.key = "topologySpreadConstraints", .drops = true},
    {.key = "hostNetwork", .drops = true},
    {.key = "hostPID", .drops = true},
    {.key = "hostIPC", .drops = true},
    {.key = "nodeName", .drops = true},
    {.key = "hostname", .drops = true},
    {.key = "subdomain", .drops = true},
    {.key = "priorityClassName", .drops = true},
    {.key = "volumes", .drops = true, .members = volume},
    {.key = "initContainers", .drops = true, .members = container},
    {.key = "containers", .members = container},
    {.key = "restartPolicy", .json = "\"Always\"", .zero = true},
    {.key = "terminationGracePeriodSeconds", .json = "30"},
    {.key = "dnsPolicy", .json = "\"ClusterFirst\"", .zero = true},
    {.key = "serviceAccountName", .depends = service_account_name_of, .zero = true},
    {.key = "serviceAccount", .depends = service_account_of, .zero = true},
    {.key = "securityContext", .json = "{}"},
    {.key = "schedulerName", .json = "\"default-scheduler\"", .zero = true},
    SCHEMA_END,
};

static const struct schema template_metadata[] = {
    {.key = "annotations", .drops = true},
    {.key = "labels", .drops = true},
    {.key = "finalizers", .drops = true},
    SCHEMA_END,
};

const struct schema schema_pod_template[] = {
    {.key = "metadata", .members = template_metadata},
    {.key = "spec", .json = "", .members = pod_spec},
    SCHEMA_END,
};
