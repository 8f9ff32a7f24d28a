// `evenkeel release diff`: shows how the new version's pods differ from the old version's.
#include "cluster/difference.h"
#include "cluster/document.h"
#include "cluster/verb.h"

static const struct flag flags[] = {{NULL, 0, FLAG_SWITCH, 0, NULL, NULL}};

// Returns a copy of the version's pod template without what is not the user's: creationTimestamp,
// $patch, and the label pod-template-hash, by which any two versions differ.
static json_t *template_of(const struct version *version)
{
    json_t *copy = json_deep_copy(version->template);

    json_object_del(document_at(copy, "metadata/labels"), "pod-template-hash");
    json_object_del(document_at(copy, "metadata"), "creationTimestamp");
    json_object_del(copy, "$patch");
    return copy;
}

static int print(const struct flags *given, const struct version *before,
                 const struct version *after)
{
    json_t *changes = given->json ? json_array() : NULL;
    json_t *left = template_of(before), *right = template_of(after);
    unsigned count;

    if (!given->json)
        printf("--- revision %lld  %s\n+++ revision %lld  %s\n", (long long)before->revision,
               before->images, (long long)after->revision, after->images);
    count = difference(stdout, changes, left, right);
    if (changes) {
        json_dumpf(changes, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(changes);
    json_decref(left);
    json_decref(right);
    return count > 0 ? CLUSTER_NOT_SO : CLUSTER_FINE;
}

static int diff(struct flags *given, struct error *error)
{
    struct versions versions;
    struct workload workload;
    int status = CLUSTER_FINE;

    if (workload_get(&given->kubectl, given->words[0], &workload, error) < 0)
        return CLUSTER_TROUBLE;
    versions_get(&given->kubectl, &workload, &versions);
    const struct version *stable = versions_stable(&versions, &workload);
    if (versions.missing.set)
        error_set(error, "%s", versions.missing.text);
    else if (!versions.newest || !versions.newest->template || !stable || !stable->template)
        fprintf(stderr, "evenkeel: %s/%s has pods of one version only\n", workload.kind->resource,
                workload.name);
    else
        status = print(given, stable, versions.newest);
    versions_clear(&versions);
    workload_clear(&workload);
    return status;
}

const struct verb verb_diff = {
    .name = "diff",
    .summary = "what differs between the pods of the new version and of the old one",
    .arguments = "NAME",
    .about = "Compares the pod template of the version that is held, or rolls out, with that of\n"
             "the version that it started from. Prints a line for each value that differs.",
    .needs = "get the workload; list replicasets or controllerrevisions, and pods",
    .statuses = "0 no difference, 1 differences",
    .flags = flags,
    .settings_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1,
    .run = diff,
};
