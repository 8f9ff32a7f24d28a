// Assigns pods to versions by the labels that Kubernetes' controllers give them.
#include "cluster/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/document.h"

#define LABEL_OF_REPLICA_SETS "pod-template-hash"
#define LABEL_OF_REVISIONS "controller-revision-hash"

static bool versions_of_sets(const struct workload *workload)
{
    return workload->kind->flags & KIND_HOLD;
}

static const char *versions_pod_hash(const json_t *pod)
{
    const char *hash = document_text(pod, "metadata/labels|" LABEL_OF_REPLICA_SETS);

    return *hash ? hash : document_text(pod, "metadata/labels|" LABEL_OF_REVISIONS);
}

bool version_pod_is_ready(const json_t *pod)
{
    json_t *conditions = document_at(pod, "status/conditions"), *condition;
    size_t index;

    json_array_foreach(conditions, index, condition)
    {
        if (strcmp(document_text(condition, "type"), "Ready") == 0)
            return strcmp(document_text(condition, "status"), "True") == 0;
    }
    return false;
}

int64_t version_pod_restarts(const json_t *pod)
{
    json_t *statuses = document_at(pod, "status/containerStatuses"), *status;
    int64_t restarts = 0;
    size_t index;

    json_array_foreach(statuses, index, status)
    {
        restarts += document_number(status, "restartCount");
    }
    return restarts;
}

static const char *version_waits_for(const json_t *statuses)
{
    json_t *status;
    size_t index;

    json_array_foreach(statuses, index, status)
    {
        const char *reason = document_text(status, "state/waiting/reason");
        if (*reason && strcmp(reason, "ContainerCreating") != 0 &&
            strcmp(reason, "PodInitializing") != 0)
            return reason;
        reason = document_text(status, "state/terminated/reason");
        if (*reason && strcmp(reason, "Completed") != 0)
            return reason;
    }
    return NULL;
}

const char *version_pod_problem(const json_t *pod)
{
    const char *problem = version_waits_for(document_at(pod, "status/containerStatuses"));
    const char *phase = document_text(pod, "status/phase");

    if (!problem)
        problem = version_waits_for(document_at(pod, "status/initContainerStatuses"));
    if (!problem && !strcmp(phase, "Failed"))
        problem =
            *document_text(pod, "status/reason") ? document_text(pod, "status/reason") : phase;
    if (!problem && !strcmp(phase, "Pending") && !*document_text(pod, "spec/nodeName"))
        problem = "Unschedulable";
    return problem;
}

static struct version *versions_add(struct versions *versions, const char *hash)
{
    struct version *version;

    for (unsigned i = 0; i < versions->count; i++)
        if (!strcmp(versions->items[i].hash, hash))
            return &versions->items[i];
    if (versions->count == VERSIONS_MAX)
        return NULL;
    version = &versions->items[versions->count++];
    *version = (struct version){.created = ""};
    snprintf(version->hash, sizeof(version->hash), "%s", hash);
    return version;
}

static void versions_read_images(struct version *version, const json_t *pod_spec)
{
    json_t *containers = document_at(pod_spec, "containers"), *container;
    size_t index, size = 0;

    version->images[0] = '\0';
    json_array_foreach(containers, index, container)
    {
        int added = snprintf(version->images + size, sizeof(version->images) - size, "%s%s",
                             index > 0 ? " " : "", document_text(container, "image"));
        size += added > 0 ? (size_t)added : 0;
        if (size >= sizeof(version->images))
            break;
    }
}

static int64_t versions_revision(const json_t *owner)
{
    const char *text =
        document_text(owner, "metadata/annotations|deployment.kubernetes.io/revision");

    return *text ? strtoll(text, NULL, 10) : document_number(owner, "revision");
}

// Whether this ReplicaSet is of an earlier version: it has no pods, and is not of the present
// template.
static bool versions_is_past(const struct workload *workload, const json_t *owner, bool is_new)
{
    return versions_of_sets(workload) && !is_new && document_number(owner, "spec/replicas") == 0 &&
           document_number(owner, "status/replicas") == 0;
}

static const char *versions_newest_hash(const struct workload *workload)
{
    return document_text(workload->object, "status/updateRevision");
}

static void versions_read_owners(struct versions *versions, const struct workload *workload)
{
    bool sets = versions_of_sets(workload);
    const char *present =
        document_text(workload->object, "metadata/annotations|deployment.kubernetes.io/revision");
    json_t *items = document_at(versions->owners, "items"), *owner;
    size_t index;

    json_array_foreach(items, index, owner)
    {
        const char *hash = sets ? document_text(owner, "metadata/labels|" LABEL_OF_REPLICA_SETS)
                                : document_text(owner, "metadata/name");
        int64_t revision = versions_revision(owner);
        bool is_new = sets ? *present && revision == strtoll(present, NULL, 10)
                           : !strcmp(hash, versions_newest_hash(workload));
        struct version *version;
        if (!document_is_owned_by(owner, workload->uid) ||
            versions_is_past(workload, owner, is_new) || !(version = versions_add(versions, hash)))
            continue;
        version->revision = revision;
        version->created = document_text(owner, "metadata/creationTimestamp");
        version->is_new = is_new;
        version->template = document_at(owner, sets ? "spec/template" : "data/spec/template");
        versions_read_images(version, document_at(version->template, "spec"));
    }
}

static void versions_read_pod(struct versions *versions, const struct workload *workload,
                              const json_t *pod)
{
    struct version *version = versions_add(versions, versions_pod_hash(pod));

    if (!version)
        return;
    if (!version->images[0])
        versions_read_images(version, document_at(pod, "spec"));
    if (!strcmp(version->hash, versions_newest_hash(workload)) && !versions_of_sets(workload))
        version->is_new = true;
    version->pods++;
    version->ready += version_pod_is_ready(pod);
    version->restarts += version_pod_restarts(pod);
    if (!version->problem && !version_pod_is_ready(pod))
        version->problem = version_pod_problem(pod);
}

static bool versions_is_ours(const struct versions *versions, const struct workload *workload,
                             const json_t *pod)
{
    json_t *items = document_at(versions->owners, "items"), *owner;
    size_t index;

    if (document_at(pod, "metadata/deletionTimestamp"))
        return false;
    if (!versions_of_sets(workload))
        return document_is_owned_by(pod, workload->uid);
    if (!versions->owners)
        return true;
    json_array_foreach(items, index, owner)
    {
        if (document_is_owned_by(owner, workload->uid) &&
            document_is_owned_by(pod, document_text(owner, "metadata/uid")))
            return true;
    }
    return false;
}

static int versions_compare(const void *left, const void *right)
{
    const struct version *a = left, *b = right;

    if (a->is_new != b->is_new)
        return a->is_new ? -1 : 1;
    return a->revision == b->revision  ? strcmp(a->hash, b->hash)
           : a->revision > b->revision ? -1
                                       : 1;
}

// Removes versions without pods, except the new one, and sorts the others. Pods that are being
// deleted do not count.
static void versions_sort(struct versions *versions)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < versions->count; i++)
        if (versions->items[i].pods > 0 || versions->items[i].is_new)
            versions->items[kept++] = versions->items[i];
    versions->count = kept;
    qsort(versions->items, kept, sizeof(versions->items[0]), versions_compare);
    versions->newest = kept > 0 && versions->items[0].is_new ? &versions->items[0] : NULL;
}

static json_t *versions_list(const struct kubectl *kubectl, const char *resource,
                             const char *selector, struct error *missing)
{
    return kubectl_json(kubectl, (const char *const[]){"get", resource, "-l", selector, NULL},
                        missing);
}

void versions_get(const struct kubectl *kubectl, const struct workload *workload,
                  struct versions *versions)
{
    char *selector = document_selector(document_at(workload->object, "spec/selector"));
    json_t *items, *pod;
    size_t index;

    *versions = (struct versions){0};
    if (!selector) {
        error_set(&versions->missing, "its selector selects nothing");
        return;
    }
    versions->owners =
        versions_list(kubectl, versions_of_sets(workload) ? "replicasets" : "controllerrevisions",
                      selector, &versions->missing);
    versions->pods = versions_list(kubectl, "pods", selector, &versions->missing);
    free(selector);
    versions_read_owners(versions, workload);
    items = document_at(versions->pods, "items");
    json_array_foreach(items, index, pod)
    {
        if (versions_is_ours(versions, workload, pod))
            versions_read_pod(versions, workload, pod);
    }
    versions_sort(versions);
}

void versions_clear(struct versions *versions)
{
    json_decref(versions->pods);
    json_decref(versions->owners);
    versions->pods = versions->owners = NULL;
}

const struct version *versions_stable(const struct versions *versions,
                                      const struct workload *workload)
{
    int64_t revision = strtoll(workload->revision, NULL, 10);
    const struct version *most = NULL;

    for (unsigned i = 0; i < versions->count; i++) {
        const struct version *version = &versions->items[i];
        if (version->is_new)
            continue;
        if (revision > 0 && version->revision == revision)
            return version;
        if (!most || version->pods > most->pods)
            most = version;
    }
    return most;
}

// Nobody approves the first step of a release, so `held_since` is not about it. It may be the time
// of an earlier release's approval. Therefore the later of the two times counts.
const char *versions_since(const struct versions *versions, const struct workload *workload)
{
    const char *created = versions->newest ? versions->newest->created : "";

    return strcmp(created, workload->held_since) > 0 ? created : workload->held_since;
}

const json_t *versions_next_pod(const struct versions *versions, const struct version *version,
                                const json_t *at)
{
    json_t *items = document_at(versions->pods, "items"), *pod;
    bool behind = at == NULL;
    size_t index;

    json_array_foreach(items, index, pod)
    {
        if (behind && !document_at(pod, "metadata/deletionTimestamp") &&
            !strcmp(versions_pod_hash(pod), version->hash))
            return pod;
        behind = behind || pod == at;
    }
    return NULL;
}
