// Explains what keeps evenkeel away, and then what the policy decides. With --recorded, it prints
// only what evenkeel recorded.
#include "live/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cluster/document.h"
#include "cluster/verb.h"
#include "live/look.h"
#include "live/reach.h"
#include "loader/load.h"
#include "manifest/read.h"
#include "object/annotations.h"
#include "preview/explain.h"
#include "rules/rules.h"

enum { EXPLAIN_MEMORY_MAX = 256 * 1024 * 1024 };

struct settings_of_explain {
    struct flags flags;
    const char *policy;
    bool recorded;
    char path[320]; // KIND/NAME, for preview
};

static const struct settings_of_explain initial = {.flags = {.draws = true}};

static const struct flag flags[] = {
    {"output", 'o', FLAG_TEXT, offsetof(struct settings_of_explain, flags.output), "FORM",
     "json; or svg, the rollout's times as a picture, now and with the next change"},
    {"policy", 'p', FLAG_TEXT, offsetof(struct settings_of_explain, policy), "FILE",
     "this policy; else the one in the cluster"},
    {"recorded", 0, FLAG_SWITCH, offsetof(struct settings_of_explain, recorded), NULL,
     "only what evenkeel recorded as written by it"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

struct explaining {
    const struct settings_of_explain *settings;
    struct findings findings;
    struct installation installation;
    struct workload workload;
    struct policy *policy;
    json_t *outcomes;
};

static int load_policy(struct explaining *explaining, struct error *error)
{
    const char *name = explaining->settings->policy;
    struct problems problems = {0};
    struct slice yaml = {NULL, 0};

    if (name) {
        if (input_read(name, &yaml, error) < 0)
            return -1;
    } else {
        yaml = slice_of(installation_policy(&explaining->settings->flags.kubectl,
                                            &explaining->installation, error));
    }
    if (yaml.data)
        explaining->policy =
            policy_load(&rules_table, name ? name : "policy.yaml", yaml, &problems);
    if (yaml.data && !explaining->policy)
        error_set(error, "the policy cannot be used: %s",
                  problems.first ? problems.first->text : "memory is short");
    problems_clear(&problems);
    free((char *)yaml.data);
    return explaining->policy ? 0 : -1;
}

static void add_outcomes(json_t *list, const struct admission *admission)
{
    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        json_array_append_new(
            list,
            json_pack("{s:s s:s% s:s s:s s:s s:i}", "rule",
                      outcome->rule ? outcome->rule->name : "annotation", "container",
                      outcome->container.data ? outcome->container.data : "",
                      outcome->container.size, "verdict", verdict_name(outcome->finding.verdict),
                      "reason", reason_name(outcome->finding.reason), "text",
                      reason_doc(outcome->finding.reason), "line", (int)outcome->line));
    }
    if (admission->reason != REASON_NONE)
        json_array_append_new(list, json_pack("{s:s s:s}", "reason", reason_name(admission->reason),
                                              "text", reason_doc(admission->reason)));
}

static void print_decision(struct explaining *explaining, const struct decision *decision)
{
    const struct admission *admission = &decision->admission;

    if (explaining->outcomes) {
        add_outcomes(explaining->outcomes, admission);
        return;
    }
    printf("\nwith the next change of its pod template:\n");
    explain(stdout, "live",
            explaining->settings->policy ? explaining->settings->policy : "policy.yaml", decision);
    for (uint32_t i = 0; i < admission->warning_count; i++)
        printf("# warning: %.*s\n", (int)admission->warnings[i].size, admission->warnings[i].data);
}

static void decide_text(struct explaining *explaining, struct slice text, struct decider *decider,
                        struct arena *arena, struct error *error)
{
    struct splitter *splitter = splitter_new(text);
    struct splices splices = {0};
    struct object object;
    struct decision decision;

    if (!splitter)
        error_set(error, "memory is short");
    else if (splitter_next(splitter, &object, error) == 1 &&
             decide_inject(decider, &object, text, arena, &splices, &decision, error) == 0)
        print_decision(explaining, &decision);
    splices_clear(&splices);
    splitter_free(splitter);
}

// Lets the engine itself decide about the live object, by the policy.
static void decide_live(struct explaining *explaining, struct error *error)
{
    struct synthetic_options options = {.namespace = slice_of(explaining->workload.namespace)};
    struct decider *decider = decider_new(explaining->policy, &options);
    struct arena *arena = arena_new(EXPLAIN_MEMORY_MAX);
    char *text = json_dumps(explaining->workload.object, JSON_INDENT(2));

    if (decider && arena && text)
        decide_text(explaining, slice_of(text), decider, arena, error);
    else
        error_set(error, "memory is short");
    free(text);
    arena_free(arena);
    decider_free(decider);
}

static void print_recorded(const struct workload *workload, bool as_json)
{
    const char *text = document_text(workload->object, "metadata/annotations|" ANNOTATION_INJECTED);
    json_t *record = *text ? json_loads(text, 0, NULL) : NULL, *value;
    const char *path;

    if (as_json) {
        if (record)
            json_dumpf(record, stdout, JSON_INDENT(2));
        printf(record ? "\n" : "{}\n");
    } else if (!record) {
        printf("nothing of %s/%s is recorded as written by evenkeel\n", workload->kind->resource,
               workload->name);
    } else {
        json_object_foreach(record, path, value)
        {
            char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
            document_print(stdout, path);
            printf(": ");
            document_print(stdout, json ? json : "?");
            printf("\n");
            free(json);
        }
    }
    json_decref(record);
}

static void explain_live(struct explaining *explaining, struct error *error)
{
    const struct kubectl *kubectl = &explaining->settings->flags.kubectl;
    struct error why = {0};

    if (installation_find(kubectl, &explaining->installation, &why) < 0)
        found(&explaining->findings, FOUND_UNKNOWN, "webhook",
              "needs list mutatingwebhookconfigurations", "%s", why.text);
    reach_look(&explaining->findings, kubectl, &explaining->installation, &explaining->workload);
    reach_services(&explaining->findings, kubectl, &explaining->workload);
    why = (struct error){0};
    if (load_policy(explaining, &why) == 0)
        decide_live(explaining, error);
    else if (explaining->settings->policy)
        error_set(error, "%s", why.text);
    else
        found(&explaining->findings, FOUND_UNKNOWN, "policy",
              "needs get configmaps in evenkeel's namespace, or --policy=FILE", "%s", why.text);
}

static void print_json(const struct explaining *explaining)
{
    json_t *document =
        json_pack("{s:s s:s s:s s:O s:O}", "namespace", explaining->workload.namespace, "kind",
                  explaining->workload.kind->name, "name", explaining->workload.name, "checks",
                  explaining->findings.list, "outcomes", explaining->outcomes);

    json_dumpf(document, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(document);
}

// Lets preview draw the picture, for the same live object and policy.
static int draw(const struct settings_of_explain *settings)
{
    const struct kubectl *kubectl = &settings->flags.kubectl;
    const char *words[KUBECTL_OPTIONS_MAX + 8] = {"preview", "-o", "svg"};
    int count = 3;

    if (settings->policy)
        words[count++] = "-p", words[count++] = settings->policy;
    for (unsigned i = 0; i < kubectl->option_count; i++)
        words[count++] = kubectl->options[i];
    words[count++] = settings->path;
    words[count] = NULL;
    return look_command(count, (char **)words);
}

static int run_drawing(struct settings_of_explain *settings, struct error *error)
{
    const char *word = settings->flags.words[0];

    if (settings->recorded)
        return error_set(error, "--recorded is no picture");
    // A name alone means a Deployment, but preview would take it for a file.
    snprintf(settings->path, sizeof(settings->path), "%s%s", strchr(word, '/') ? "" : "deployment/",
             word);
    return draw(settings);
}

static int run(struct flags *given, struct error *error)
{
    if (given->svg)
        return run_drawing((struct settings_of_explain *)given, error);
    struct explaining explaining = {.settings = (const struct settings_of_explain *)given,
                                    .findings = {.json = given->json, .list = json_array()}};
    unsigned *counts = explaining.findings.counts;

    if (workload_get(&given->kubectl, given->words[0], &explaining.workload, error) == 0) {
        explaining.outcomes = given->json ? json_array() : NULL;
        if (explaining.settings->recorded)
            print_recorded(&explaining.workload, given->json);
        else
            explain_live(&explaining, error);
        if (given->json && !explaining.settings->recorded && !error->set)
            print_json(&explaining);
        workload_clear(&explaining.workload);
    }
    json_decref(explaining.outcomes);
    json_decref(explaining.findings.list);
    installation_clear(&explaining.installation);
    policy_free(explaining.policy);
    return counts[FOUND_BROKEN] > 0 ? CLUSTER_NOT_SO : CLUSTER_FINE;
}

const struct verb verb_explain = {
    .name = "explain",
    .summary = "why a live object did or did not get what the policy has",
    .arguments = "KIND/NAME",
    .about = "Checks what can keep evenkeel away: the namespace's label, the webhook's selectors,\n"
             "opt-outs, the owner. Then the engine itself decides, with the live policy and\n"
             "object. Prints each rule's verdict and reason with the policy's line, and the\n"
             "rollout's times.",
    .needs = "get the object and its namespace; list services and mutatingwebhookconfigurations;\n"
             "get configmaps in evenkeel's namespace. It prints a question mark for\n"
             "what it may not read",
    .statuses = "0 evenkeel is asked about the object, 1 something keeps it away",
    .flags = flags,
    .initial = &initial,
    .settings_size = sizeof(struct settings_of_explain),
    .words_min = 1,
    .words_max = 1,
    .run = run,
};

int explain_command(int argc, char **argv)
{
    return verb_main(&verb_explain, "evenkeel ", argc, argv);
}
