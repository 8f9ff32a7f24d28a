// Reads workloads and evenkeel's marks on them. It decides nothing.
#include "cluster/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cluster/document.h"
#include "object/annotations.h"

// The words that kubectl's users type for each kind.
static const struct {
    const char *kind;
    const char *names[4];
} words[] = {
    {"Deployment", {"deployment", "deployments", "deploy", NULL}},
    {"StatefulSet", {"statefulset", "statefulsets", "sts", NULL}},
    {"DaemonSet", {"daemonset", "daemonsets", "ds", NULL}},
    {"CloneSet", {"cloneset", "clonesets", "clone", NULL}},
    {"Rollout", {"rollout", "rollouts", "ro", NULL}},
    {"Service", {"service", "services", "svc", NULL}},
};

static const struct kind *workload_kind(const char *word, size_t size)
{
    const char *dot = memchr(word, '.', size);
    size_t length = dot ? (size_t)(dot - word) : size;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (const char *const *name = words[i].names; *name; name++)
            if (strlen(*name) == length && strncasecmp(*name, word, length) == 0)
                return kind_named(slice_of(words[i].kind));
    return NULL;
}

// Writes the resource's name for kubectl. It has the group if the kind is not built in.
static void workload_resource(const struct kind *kind, char resource[WORKLOAD_RESOURCE_MAX])
{
    bool plain = kind->flags & KIND_BUILT_IN;

    snprintf(resource, WORKLOAD_RESOURCE_MAX, "%s%s%s", kind->resource, plain ? "" : ".",
             plain ? "" : kind->group);
}

int workload_parse(const char *text, char resource[WORKLOAD_RESOURCE_MAX], const char **name,
                   struct error *error)
{
    const char *slash = strchr(text, '/');
    const struct kind *kind =
        slash ? workload_kind(text, (size_t)(slash - text)) : kind_named(SLICE("Deployment"));

    if (!kind)
        return error_set(error,
                         "\"%s\": expected KIND/NAME with a kind that evenkeel knows, such as "
                         "deployment/web",
                         text);
    *name = slash ? slash + 1 : text;
    if (!**name || **name == '-' || strchr(*name, '/'))
        return error_set(error, "\"%s\": expected KIND/NAME, such as deployment/web", text);
    workload_resource(kind, resource);
    return 0;
}

int workload_get(const struct kubectl *kubectl, const char *text, struct workload *workload,
                 struct error *error)
{
    char resource[WORKLOAD_RESOURCE_MAX];
    const char *name;
    json_t *object;

    if (workload_parse(text, resource, &name, error) < 0)
        return -1;
    object = kubectl_json(
        kubectl, (const char *const[]){"get", resource, name, "--show-managed-fields", NULL},
        error);
    return object ? workload_read(object, workload, error) : -1;
}

// Returns when somebody last wrote evenkeel.dev/batch, by the managed fields, or "".
static const char *workload_since(const json_t *object)
{
    json_t *entries = document_at(object, "metadata/managedFields"), *entry;
    const char *latest = "";
    size_t index;

    json_array_foreach(entries, index, entry)
    {
        const char *time = document_text(entry, "time");
        if (document_at(entry, "fieldsV1/f:metadata/f:annotations|f:" ANNOTATION_BATCH) &&
            strcmp(time, latest) > 0)
            latest = time;
    }
    return latest;
}

static void workload_read_release(struct workload *workload)
{
    const char *text = document_text(workload->object, "metadata/annotations|" ANNOTATION_RELEASE);
    const char *held = document_text(workload->object, "metadata/labels|" LABEL_HELD);
    struct slice steps;

    workload->release = *text ? json_loads(text, 0, NULL) : NULL;
    workload->template = document_text(workload->release, "template");
    workload->revision = document_text(workload->release, "revision");
    workload->approver = document_text(workload->release, "approver");
    workload->step = (uint32_t)document_number(workload->release, "step");
    workload->from = (uint32_t)document_number(workload->release, "from");
    steps = slice_of(document_text(workload->release, "steps"));
    workload->held = *held && workload->step > 0 &&
                     steps_parse_text(&workload->steps, steps, NULL) == 0 &&
                     workload->step <= workload->steps.count;
}

int workload_read(json_t *object, struct workload *workload, struct error *error)
{
    const char *version = document_text(object, "apiVersion"), *slash = strchr(version, '/');
    struct slice group = {version, slash ? (size_t)(slash - version) : 0};
    json_t *replicas = document_at(object, "spec/replicas");

    *workload = (struct workload){.object = object};
    workload->kind = kind_find(group, slice_of(document_text(object, "kind")));
    if (!workload->kind) {
        error_set(error, "%s is no kind that evenkeel knows", document_text(object, "kind"));
        json_decref(object);
        return -1;
    }
    workload_resource(workload->kind, workload->resource);
    workload->namespace = document_text(object, "metadata/namespace");
    workload->name = document_text(object, "metadata/name");
    workload->uid = document_text(object, "metadata/uid");
    workload->replicas = replicas ? json_integer_value(replicas) : 1;
    workload->held_since = workload_since(object);
    workload_read_release(workload);
    return 0;
}

void workload_clear(struct workload *workload)
{
    json_decref(workload->object);
    json_decref(workload->release);
    *workload = (struct workload){0};
}

uint32_t workload_next(const struct workload *workload)
{
    uint32_t next = steps_next(&workload->steps, workload->step, workload->replicas);

    return next > 0 ? next : workload->steps.count;
}

int64_t workload_held_pods(const struct workload *workload)
{
    if (workload->kind->partition_path)
        return steps_pods(&workload->steps, workload->step, workload->replicas);
    return steps_hold(&workload->steps, workload->step, workload->from, workload->replicas).pods;
}

bool workload_is_observed(const struct workload *workload)
{
    return document_number(workload->object, "status/observedGeneration") >=
           document_number(workload->object, "metadata/generation");
}

bool workload_is_complete(const struct workload *workload)
{
    json_t *status = document_at(workload->object, "status");
    int64_t wanted = document_number(status, "desiredNumberScheduled");

    if (workload->kind->flags & KIND_SURGE_EXCLUSIVE) // only a DaemonSet
        return workload_is_observed(workload) &&
               document_number(status, "updatedNumberScheduled") >= wanted &&
               document_number(status, "numberAvailable") >= wanted;
    return !workload->held && workload_is_observed(workload) &&
           document_number(status, "updatedReplicas") >= workload->replicas &&
           document_number(status, "replicas") <= workload->replicas &&
           document_number(status, "availableReplicas") >= workload->replicas;
}

const char *workload_path(const struct workload *workload, char text[WORKLOAD_RESOURCE_MAX + 256])
{
    snprintf(text, WORKLOAD_RESOURCE_MAX + 256, "%s/%s", workload->resource, workload->name);
    return text;
}
