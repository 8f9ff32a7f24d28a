// Draws a release. It does not ask the cluster.
#include "cluster/view.h"

#include <stdlib.h>
#include <string.h>

#include "cluster/clock.h"
#include "cluster/document.h"

static void view_steps(FILE *stream, const struct workload *workload)
{
    for (uint32_t i = 0; i < workload->steps.count; i++)
        fprintf(stream, "%s%s%d%s%s", i ? " → " : "", i + 1 == workload->step ? "[" : "",
                workload->steps.items[i].value, workload->steps.items[i].percent ? "%" : "",
                i + 1 == workload->step ? "]" : "");
}

static void view_head(FILE *stream, const struct workload *workload,
                      const struct versions *versions)
{
    char since[CLOCK_TEXT_SIZE];

    fprintf(stream, "%s/%s in %s: ", workload->kind->resource, workload->name, workload->namespace);
    if (!workload->held) {
        fprintf(stream, "%s\n",
                workload_is_complete(workload) ? "nothing is held, the rollout is complete"
                                               : "nothing is held, the rollout goes on");
        return;
    }
    fprintf(stream, "held at step %u of %u (", workload->step, workload->steps.count);
    view_steps(stream, workload);
    fprintf(stream, ") for %s", clock_ago(clock_epoch(versions_since(versions, workload)), since));
    if (*workload->approver) {
        fprintf(stream, ", approved by ");
        document_print(stream, workload->approver);
    }
    putc('\n', stream);
}

static int64_t view_ready(const struct versions *versions)
{
    int64_t ready = 0;

    for (unsigned i = 0; i < versions->count; i++)
        ready += versions->items[i].ready;
    return ready;
}

static void view_pods(FILE *stream, const struct versions *versions, const struct version *version,
                      bool last)
{
    const json_t *pod = NULL;

    while ((pod = versions_next_pod(versions, version, pod))) {
        const char *problem = version_pod_is_ready(pod) ? NULL : version_pod_problem(pod);
        fprintf(stream, "%s   %s %-44s %-10s", last ? " " : "│",
                versions_next_pod(versions, version, pod) ? "├─" : "└─",
                document_text(pod, "metadata/name"),
                version_pod_is_ready(pod) ? "ready" : "not ready");
        fprintf(stream, " restarts %-3lld %s\n", (long long)version_pod_restarts(pod),
                problem ? problem : "");
    }
}

static void view_version(FILE *stream, const struct versions *versions, unsigned index)
{
    const struct version *version = &versions->items[index];
    bool last = index + 1 == versions->count;
    int64_t all = view_ready(versions);

    fprintf(stream, "%s %s ", last ? "└─" : "├─", version->is_new ? "new" : "old");
    if (version->revision > 0)
        fprintf(stream, "#%lld ", (long long)version->revision);
    document_print(stream, version->images);
    fprintf(stream, "  %lld of %lld ready, %lld%% of requests when spread evenly%s%s\n",
            (long long)version->ready, (long long)version->pods,
            (long long)(all > 0 ? (200 * version->ready + all) / (2 * all) : 0),
            version->problem ? ": " : "", version->problem ? version->problem : "");
    view_pods(stream, versions, version, last);
}

static void view_commands(FILE *stream, const struct workload *workload)
{
    uint32_t next = workload_next(workload);
    bool to_all = steps_pods(&workload->steps, next, workload->replicas) >= workload->replicas;

    fprintf(stream, "to go on:   kubectl evenkeel release approve -n %s %s/%s   (",
            workload->namespace, workload->kind->resource, workload->name);
    if (to_all)
        fprintf(stream, "all %lld pods)\n", (long long)workload->replicas);
    else
        fprintf(stream, "step %u, %lld pods)\n", next,
                (long long)steps_pods(&workload->steps, next, workload->replicas));
    fprintf(stream, "to go back: kubectl evenkeel release undo -n %s %s/%s\n", workload->namespace,
            workload->kind->resource, workload->name);
}

void view_print(FILE *stream, const struct workload *workload, const struct versions *versions)
{
    view_head(stream, workload, versions);
    for (unsigned i = 0; i < versions->count; i++)
        view_version(stream, versions, i);
    if (versions->missing.set) {
        fprintf(stream, "not all is shown: ");
        document_print(stream, versions->missing.text);
        putc('\n', stream);
    }
    if (workload->held)
        view_commands(stream, workload);
}

void view_line(FILE *stream, const struct workload *workload, const struct versions *versions)
{
    if (workload->held)
        fprintf(stream, "%s/%s step %u of %u", workload->kind->resource, workload->name,
                workload->step, workload->steps.count);
    else
        fprintf(stream, "%s/%s %s", workload->kind->resource, workload->name,
                workload_is_complete(workload) ? "complete" : "not held");
    for (unsigned i = 0; i < versions->count; i++) {
        const struct version *version = &versions->items[i];
        fprintf(stream, "; %s %lld of %lld ready", version->is_new ? "new" : "old",
                (long long)version->ready, (long long)version->pods);
        if (version->problem)
            fprintf(stream, " (%s)", version->problem);
    }
    putc('\n', stream);
}

static json_t *view_version_json(const struct versions *versions, const struct version *version)
{
    json_t *pods = json_array();
    const json_t *pod = NULL;

    while ((pod = versions_next_pod(versions, version, pod)))
        json_array_append_new(
            pods,
            json_pack("{s:s s:b s:I s:s?}", "name", document_text(pod, "metadata/name"), "ready",
                      version_pod_is_ready(pod), "restarts", (json_int_t)version_pod_restarts(pod),
                      "problem", version_pod_is_ready(pod) ? NULL : version_pod_problem(pod)));
    return json_pack("{s:s s:I s:s s:b s:I s:I s:I s:s? s:o}", "hash", version->hash, "revision",
                     (json_int_t)version->revision, "images", version->images, "new",
                     version->is_new, "pods", (json_int_t)version->pods, "ready",
                     (json_int_t)version->ready, "restarts", (json_int_t)version->restarts,
                     "problem", version->problem, "list", pods);
}

json_t *view_json(const struct workload *workload, const struct versions *versions)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < versions->count; i++)
        json_array_append_new(list, view_version_json(versions, &versions->items[i]));
    return json_pack("{s:s s:s s:s s:b s:b s:i s:i s:I s:I s:s s:s s:s s:s s:o s:s?}", "namespace",
                     workload->namespace, "kind", workload->kind->name, "name", workload->name,
                     "held", workload->held, "complete", workload_is_complete(workload), "step",
                     (int)workload->step, "steps", (int)workload->steps.count, "replicas",
                     (json_int_t)workload->replicas, "wanted",
                     (json_int_t)(workload->held ? workload_held_pods(workload) : 0), "template",
                     workload->template, "since", versions_since(versions, workload), "approver",
                     workload->approver, "revision", workload->revision, "versions", list,
                     "missing", versions->missing.set ? versions->missing.text : NULL);
}
