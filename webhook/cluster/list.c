// `evenkeel release list`: shows what is held, one line for each workload.
#include <string.h>

#include "cluster/clock.h"
#include "cluster/document.h"
#include "cluster/verb.h"
#include "object/annotations.h"

struct settings_of_list {
    struct flags flags;
    bool all;
    const char *selector;
    bool check;
};

static const struct flag flags[] = {
    {"all-namespaces", 'A', FLAG_SWITCH, offsetof(struct settings_of_list, all), NULL,
     "in every namespace"},
    {"selector", 'l', FLAG_TEXT, offsetof(struct settings_of_list, selector), "LABELS",
     "only workloads with these labels"},
    {"check", 0, FLAG_SWITCH, offsetof(struct settings_of_list, check), NULL,
     "status 1 if a held step has a pod that is missing or not ready"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

struct listing {
    const struct settings_of_list *settings;
    json_t *rows; // for JSON
    unsigned count, not_ready;
};

static int64_t old_pods(const struct versions *versions, int64_t *ready)
{
    int64_t pods = 0;

    *ready = 0;
    for (unsigned i = 0; i < versions->count; i++) {
        pods += versions->items[i].is_new ? 0 : versions->items[i].pods;
        *ready += versions->items[i].is_new ? 0 : versions->items[i].ready;
    }
    return pods;
}

// Returns the number of new pods, and in `ready` how many of them are ready. If the pods could not
// be read, the number comes from the workload's status, and `ready` is -1.
static int64_t new_pods(const struct versions *versions, const struct workload *workload,
                        int64_t *ready)
{
    *ready = versions->pods ? (versions->newest ? versions->newest->ready : 0) : -1;
    if (versions->pods)
        return versions->newest ? versions->newest->pods : 0;
    return document_number(workload->object, "status/updatedReplicas");
}

static void print_row(struct listing *listing, const struct workload *workload,
                      const struct versions *versions)
{
    int64_t new_ready, old_ready, wanted = workload_held_pods(workload);
    int64_t fresh = new_pods(versions, workload, &new_ready), old = old_pods(versions, &old_ready);
    const char *problem = versions->newest ? versions->newest->problem : NULL;
    char since[CLOCK_TEXT_SIZE], count[64], step[32], readiness[32] = "?";

    if (versions->pods)
        snprintf(readiness, sizeof(readiness), "%lld", (long long)new_ready);
    snprintf(step, sizeof(step), "%u/%u", workload->step, workload->steps.count);
    snprintf(count, sizeof(count), "%s/%lld", readiness, (long long)wanted);
    if (listing->count++ == 0)
        printf("%-16s %-28s %-6s %-10s %-10s %-6s %-20s %s\n", "NAMESPACE", "NAME", "STEP",
               "NEW READY", "OLD READY", "SINCE", "APPROVED BY", "STATE");
    if (fresh < wanted || (versions->pods && new_ready < wanted))
        listing->not_ready++;
    printf("%-16s %s/%-*s %-6s %-10s %lld/%-8lld %-6s %-20s %s\n", workload->namespace,
           workload->kind->resource, (int)(27 - strlen(workload->kind->resource)), workload->name,
           step, count, (long long)old_ready, (long long)old,
           clock_ago(clock_epoch(versions_since(versions, workload)), since),
           *workload->approver ? workload->approver : "-",
           problem                                ? problem
           : versions->pods && new_ready < wanted ? "not ready"
           : versions->pods                       ? "ready"
                                                  : "pods not readable");
}

static void add_row(struct listing *listing, const struct workload *workload,
                    const struct versions *versions)
{
    int64_t new_ready, old_ready, wanted = workload_held_pods(workload);
    int64_t fresh = new_pods(versions, workload, &new_ready), old = old_pods(versions, &old_ready);
    const char *problem = versions->newest ? versions->newest->problem : NULL;

    if (fresh < wanted || (versions->pods && new_ready < wanted))
        listing->not_ready++;
    json_array_append_new(
        listing->rows,
        json_pack("{s:s s:s s:s s:i s:i s:s s:I s:I s:I s:I s:I s:s s:s s:s?}", "namespace",
                  workload->namespace, "kind", workload->kind->name, "name", workload->name, "step",
                  (int)workload->step, "steps", (int)workload->steps.count, "template",
                  workload->template, "wanted", (json_int_t)wanted, "newPods", (json_int_t)fresh,
                  "newReady", (json_int_t)new_ready, "oldPods", (json_int_t)old, "oldReady",
                  (json_int_t)old_ready, "since", versions_since(versions, workload), "approver",
                  workload->approver, "problem", problem));
}

// Shows one workload if it is held. Its pods are in its own namespace, and the list may be of all
// namespaces.
static void list_one(struct listing *listing, json_t *object)
{
    struct kubectl kubectl = listing->settings->flags.kubectl;
    struct versions versions;
    struct workload workload;
    char space[320];

    if (workload_read(json_incref(object), &workload, NULL) < 0)
        return;
    snprintf(space, sizeof(space), "--namespace=%s", workload.namespace);
    if (workload.held && kubectl_option(&kubectl, space, NULL) == 0) {
        versions_get(&kubectl, &workload, &versions);
        if (listing->rows)
            add_row(listing, &workload, &versions);
        else
            print_row(listing, &workload, &versions);
        versions_clear(&versions);
    }
    workload_clear(&workload);
}

static json_t *list_kind(const struct settings_of_list *settings, const char *resource,
                         struct error *error)
{
    char selector[1024];
    const char *arguments[] = {"get",
                               resource,
                               "-l",
                               selector,
                               "--show-managed-fields",
                               settings->all ? "--all-namespaces" : NULL,
                               NULL};

    snprintf(selector, sizeof(selector), "%s%s%s", LABEL_HELD, settings->selector ? "," : "",
             settings->selector ? settings->selector : "");
    return kubectl_json(&settings->flags.kubectl, arguments, error);
}

// The cluster may not have the kinds of other projects, and the user may not be allowed to list all
// kinds. So it fails only if no kind can be listed.
static int list(struct flags *given, struct error *error)
{
    static const char *const resources[] = {"deployments", "statefulsets",
                                            "clonesets.apps.kruise.io"};
    const struct settings_of_list *settings = (const struct settings_of_list *)given;
    struct listing listing = {.settings = settings};
    unsigned seen = 0;

    listing.rows = given->json ? json_array() : NULL;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        struct error why = {0};
        json_t *found = list_kind(settings, resources[i], &why), *object;
        size_t index;
        seen += found != NULL;
        if (!found && i < 2)
            error_set(error, "%s", why.text);
        json_array_foreach(document_at(found, "items"), index, object)
        {
            list_one(&listing, object);
        }
        json_decref(found);
    }
    if (seen > 0 && error->set)
        fprintf(stderr, "evenkeel: warning: not all is listed: %s\n", error->text);
    if (seen > 0)
        *error = (struct error){0};
    if (seen > 0 && listing.count == 0 &&
        kubectl_find_namespace(&given->kubectl, given->namespace, error) < 0) {
        json_decref(listing.rows);
        return CLUSTER_TROUBLE;
    }
    if (listing.rows && seen > 0) {
        json_dumpf(listing.rows, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (seen > 0 && listing.count == 0) {
        printf("nothing is held\n");
    }
    json_decref(listing.rows);
    return settings->check && listing.not_ready > 0 ? CLUSTER_NOT_SO : CLUSTER_FINE;
}

const struct verb verb_list = {
    .name = "list",
    .summary = "what is held, since when, and how many of its pods are ready",
    .arguments = "",
    .about = "Lists releases that are held at a step. Kubernetes counts a held Deployment as\n"
             "ready and available, whatever its new pods do. This command looks at the pods.",
    .needs = "list deployments and statefulsets; for what the pods do, list replicasets,\n"
             "controllerrevisions and pods",
    .statuses = "0, or 1 with --check if something held is not ready",
    .flags = flags,
    .settings_size = sizeof(struct settings_of_list),
    .run = list,
};
