// `evenkeel release approve` and `undo`: decisions that a person makes.
#include <stdlib.h>
#include <string.h>

#include "cluster/act.h"
#include "cluster/verb.h"

struct settings_of_approve {
    struct flags flags;
    int64_t to;
    bool all;
};

static const struct flag approve_flags[] = {
    {"to", 0, FLAG_NUMBER, offsetof(struct settings_of_approve, to), "STEP",
     "to this step; else to the next one"},
    {"all", 0, FLAG_SWITCH, offsetof(struct settings_of_approve, all), NULL,
     "to the end, whatever the held pods do"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

static const struct flag undo_flags[] = {{NULL, 0, FLAG_SWITCH, 0, NULL, NULL}};

static void say_json(const struct workload *workload, const char *result, uint32_t step,
                     const char *reason)
{
    json_t *document =
        json_pack("{s:s s:s s:s s:s s:i s:s s:s?}", "namespace", workload->namespace, "kind",
                  workload->kind->name, "name", workload->name, "result", result, "step", (int)step,
                  "template", workload->template, "reason", reason);

    json_dumpf(document, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(document);
}

// Prints the result, and returns the exit status. The reason of a refusal goes to stderr, unless
// the output is JSON. If kubectl failed, it prints nothing, and the reason is in `error`.
static int say(const struct flags *flags, const struct workload *workload, enum act_result result,
               const char *done, uint32_t step, const struct error *why, struct error *error)
{
    if (result == ACT_FAILED) {
        error_set(error, "%s", why->text);
        return CLUSTER_TROUBLE;
    }
    if (flags->json)
        say_json(workload, result == ACT_DONE ? "done" : "refused", step,
                 result == ACT_DONE ? NULL : why->text);
    else if (result == ACT_DONE)
        printf("%s/%s %s\n", workload->kind->resource, workload->name, done);
    else
        fprintf(stderr, "evenkeel: %s\n", why->text);
    return result == ACT_DONE ? CLUSTER_FINE : CLUSTER_NOT_SO;
}

static int approve_held(const struct settings_of_approve *settings, const struct workload *workload,
                        struct error *error)
{
    uint32_t step = settings->to > 0 ? (uint32_t)settings->to : workload_next(workload);
    bool last = settings->all ||
                steps_pods(&workload->steps, step, workload->replicas) >= workload->replicas;
    struct error why = {0};
    enum act_result result;
    char done[128];

    if (settings->all)
        step = workload->steps.count;
    if (step > workload->steps.count)
        return error_set(error, "there is no step %u: the release has %u", step,
                         workload->steps.count);
    if (last)
        snprintf(done, sizeof(done), "approved to the end: all %lld pods follow",
                 (long long)workload->replicas);
    else
        snprintf(done, sizeof(done), "approved from step %u to step %u of %u", workload->step, step,
                 workload->steps.count);
    result = act_approve(&settings->flags.kubectl, workload, step, settings->all, &why);
    return say(&settings->flags, workload, result, done, step, &why, error);
}

static int approve(struct flags *given, struct error *error)
{
    const struct settings_of_approve *settings = (const struct settings_of_approve *)given;
    struct workload workload;
    int status;

    if (settings->all && settings->to > 0)
        return error_set(error, "--to and --all exclude each other");
    if (workload_get(&given->kubectl, given->words[0], &workload, error) < 0)
        return CLUSTER_TROUBLE;
    if (workload.held) {
        status = approve_held(settings, &workload, error);
    } else {
        struct error why = {0};
        error_set(&why, "nothing is held in %s/%s", workload.kind->resource, workload.name);
        status = say(given, &workload, ACT_REFUSED, "", 0, &why, error);
    }
    workload_clear(&workload);
    return status;
}

static int undo(struct flags *given, struct error *error)
{
    struct versions versions;
    struct workload workload;
    struct error why = {0};
    enum act_result result;
    char done[128];
    int status;

    if (workload_get(&given->kubectl, given->words[0], &workload, error) < 0)
        return CLUSTER_TROUBLE;
    versions_get(&given->kubectl, &workload, &versions);
    int64_t revision = act_revision(&workload, &versions);
    if (workload.held) {
        result = act_undo(&given->kubectl, &workload, revision, &why);
    } else {
        error_set(&why,
                  "nothing is held in %s/%s: kubectl rollout undo goes back from a release "
                  "that has ended",
                  workload.kind->resource, workload.name);
        result = ACT_REFUSED;
    }
    if (revision > 0)
        snprintf(done, sizeof(done), "rolled back to revision %lld", (long long)revision);
    else
        snprintf(done, sizeof(done), "rolled back");
    status = say(given, &workload, result, done, workload.step, &why, error);
    versions_clear(&versions);
    workload_clear(&workload);
    return status;
}

const struct verb verb_approve = {
    .name = "approve",
    .summary = "let a held release go on to a later step",
    .arguments = "NAME",
    .about = "Approves the version that is held now, by its hash. If somebody pushes another\n"
             "version in the meantime, that one is not approved. evenkeel refuses while held\n"
             "pods are not ready, or if the policy's approvers do not include you. Then the\n"
             "reason is printed.",
    .needs = "get and patch the workload",
    .statuses = "0 approved, 1 refused, or nothing is held",
    .flags = approve_flags,
    .settings_size = sizeof(struct settings_of_approve),
    .words_min = 1,
    .words_max = 1,
    .run = approve,
};

const struct verb verb_undo = {
    .name = "undo",
    .summary = "take a held release back to the version that it started from",
    .arguments = "NAME",
    .about = "Runs kubectl rollout undo with the revision of the version that the release\n"
             "started from, and checks that the hold is gone.",
    .needs = "get and patch the workload; list replicasets or controllerrevisions, and pods",
    .statuses = "0 rolled back, 1 refused, or nothing is held",
    .flags = undo_flags,
    .settings_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1,
    .run = undo,
};
