// The command: it finds the objects, sorts them, and shows or does the removal.
#include "removal/removal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/document.h"
#include "removal/sweep.h"

struct settings_of_remove {
    struct flags flags;
    const char *selector;
    bool all, yes, services;
    int64_t at_once;
    double every, timeout, interval;
};

static const struct settings_of_remove initial = {.at_once = 1, .timeout = 600, .interval = 2};

static const struct flag flags[] = {
    {"yes", 'y', FLAG_SWITCH, offsetof(struct settings_of_remove, yes), NULL,
     "do it; without --yes nothing is written"},
    {"all-namespaces", 'A', FLAG_SWITCH, offsetof(struct settings_of_remove, all), NULL,
     "in all namespaces"},
    {"selector", 'l', FLAG_TEXT, offsetof(struct settings_of_remove, selector), "LABELS",
     "only of objects with these labels"},
    {"services", 0, FLAG_SWITCH, offsetof(struct settings_of_remove, services), NULL,
     "of Services too; this may replace a load balancer"},
    {"at-once", 0, FLAG_NUMBER, offsetof(struct settings_of_remove, at_once), "N",
     "rollouts at the same time (1, at most 64; 0: wait for none)"},
    {"every", 0, FLAG_SECONDS, offsetof(struct settings_of_remove, every), "TIME",
     "the least time between the starts of two rollouts"},
    {"timeout", 0, FLAG_SECONDS, offsetof(struct settings_of_remove, timeout), "TIME",
     "for one rollout (10m); if it takes longer, no other starts"},
    {"interval", 0, FLAG_SECONDS, offsetof(struct settings_of_remove, interval), "TIME",
     "how often it looks at rollouts (2s)"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

struct removing {
    const struct settings_of_remove *settings;
    struct asked asked;
    struct target *targets;
    size_t count, capacity;
    unsigned unread; // lists and objects that could not be read
};

static void complain(struct removing *removing, const struct error *why)
{
    fputs("evenkeel: warning: ", stderr);
    document_print(stderr, why->text);
    putc('\n', stderr);
    removing->unread++;
}

// Takes `object`, and keeps it if something of evenkeel is in it.
static void add(struct removing *removing, json_t *object)
{
    const char *namespace = document_text(object, "metadata/namespace");
    size_t capacity =
        removing->count == removing->capacity ? 2 * removing->capacity + 16 : removing->capacity;
    struct target *targets = realloc(removing->targets, capacity * sizeof(*targets));
    struct error why = {0};

    if (!targets) {
        json_decref(object);
        error_set(&why, "memory is short");
        complain(removing, &why);
        return;
    }
    removing->targets = targets;
    removing->capacity = capacity;
    if (target_read(object, asked_in(&removing->asked, namespace), &targets[removing->count],
                    &why) < 0)
        complain(removing, &why);
    else if (targets[removing->count].patch)
        removing->count++;
    else
        target_clear(&targets[removing->count]);
}

static int add_named(struct removing *removing, const char *word, struct error *error)
{
    char resource[WORKLOAD_RESOURCE_MAX];
    const char *name;
    json_t *object;

    if (workload_parse(word, resource, &name, error) < 0)
        return -1;
    object = kubectl_json(
        &removing->settings->flags.kubectl,
        (const char *const[]){"get", resource, name, "--show-managed-fields", NULL}, error);
    if (!object)
        return -1;
    add(removing, object);
    return 0;
}

static void add_listed(struct removing *removing, const char *resource, bool may_be_missing)
{
    const struct settings_of_remove *settings = removing->settings;
    const char *arguments[8] = {"get", resource, "--show-managed-fields"};
    unsigned count = 3;
    struct error why = {0};
    json_t *list, *object;
    size_t index;

    if (settings->all)
        arguments[count++] = "--all-namespaces";
    if (settings->selector)
        arguments[count++] = "-l", arguments[count++] = settings->selector;
    list = kubectl_json(&settings->flags.kubectl, arguments, &why);
    if (!list && (!may_be_missing || !strstr(why.text, "have a resource type")))
        complain(removing, &why);
    json_array_foreach(document_at(list, "items"), index, object)
    {
        add(removing, json_incref(object));
    }
    json_decref(list);
}

static int find(struct removing *removing, struct error *error)
{
    static const char *const resources[] = {"deployments", "statefulsets", "daemonsets",
                                            "clonesets.apps.kruise.io", "rollouts.argoproj.io"};
    const struct flags *given = &removing->settings->flags;

    for (unsigned i = 0; i < given->word_count; i++)
        if (add_named(removing, given->words[i], error) < 0)
            return -1;
    if (given->word_count > 0)
        return 0;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        add_listed(removing, resources[i], i > 2);
    if (removing->settings->services)
        add_listed(removing, "services", false);
    return 0;
}

// The order: held releases, then objects that do not roll out, then the others.
static int rank(const struct target *target)
{
    return target->workload.held ? 0 : !target->rolls_out ? 1 : 2;
}

static int compare(const void *a, const void *b)
{
    const struct target *left = a, *right = b;
    int order = rank(left) - rank(right);

    order = order ? order : strcmp(left->workload.namespace, right->workload.namespace);
    order = order ? order : strcmp(left->workload.kind->name, right->workload.kind->name);
    return order ? order : strcmp(left->workload.name, right->workload.name);
}

static void print_patch(const json_t *patch)
{
    json_t *operation;
    size_t index;

    json_array_foreach(patch, index, operation)
    {
        json_t *value = json_object_get(operation, "value");
        char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
        if (strcmp(document_text(operation, "op"), "test") != 0) {
            printf("  %-7s ", document_text(operation, "op"));
            document_print(stdout, document_text(operation, "path"));
            printf("%s", text ? " " : "");
            document_print(stdout, text ? text : "");
            printf("\n");
        }
        free(text);
    }
}

// Shows what would be done. Returns how many objects would roll out.
static unsigned show(const struct removing *removing)
{
    bool json = removing->settings->flags.json;
    unsigned rollouts = 0;

    for (size_t i = 0; i < removing->count; i++) {
        const struct target *target = &removing->targets[i];
        char text[128];
        rollouts += target->rolls_out;
        snprintf(text, sizeof(text), "would lose %u value%s%s%s%s", target->values,
                 target->values == 1 ? "" : "s", target->unmarks ? ", and its opt-out" : "",
                 target->rolls_out ? ", and roll out" : "",
                 target->marks ? ", and be opted out" : "");
        sweep_tell(target, json, "would-remove", text, NULL);
        if (!json)
            print_patch(target->patch);
    }
    return rollouts;
}

static void end_show(const struct removing *removing, unsigned rollouts)
{
    if (removing->count == 0)
        printf("nothing of evenkeel is found\n");
    else
        printf("objects to change: %zu; to roll out: %u, %lld at a time. Nothing is written: --yes "
               "does it\n",
               removing->count, rollouts, (long long)removing->settings->at_once);
}

static void end_sweep(const struct sweep_result *result)
{
    printf("objects changed: %u; values taken out: %u; not done: %u\n", result->objects,
           result->values, result->left);
    if (result->marked > 0)
        printf("Opted out: %u (evenkeel.dev/inject: \"false\"), or evenkeel would put its "
               "values back.\n"
               "Once the namespace's label evenkeel.dev/inject is gone, the same command takes "
               "these marks away.\n",
               result->marked);
}

static int act(struct removing *removing)
{
    const struct settings_of_remove *settings = removing->settings;
    const struct sweep_settings how = {
        .kubectl = &settings->flags.kubectl,
        .asked = &removing->asked,
        .at_once = settings->at_once,
        .every = settings->every,
        .timeout = settings->timeout,
        .interval = settings->interval > 0 ? settings->interval : 2,
        .json = settings->flags.json,
    };
    struct sweep_result result;

    if (removing->count == 0 && !settings->flags.json)
        printf("nothing of evenkeel is found\n");
    result = sweep(&how, removing->targets, removing->count);
    if (removing->count > 0 && !settings->flags.json)
        end_sweep(&result);
    return result.left > 0 || removing->unread > 0 ? CLUSTER_NOT_SO : CLUSTER_FINE;
}

static int check(const struct settings_of_remove *settings, struct error *error)
{
    const struct flags *given = &settings->flags;
    bool named = given->word_count > 0;

    if (!named && !given->namespace && !settings->all)
        return error_set(error, "say where: KIND/NAME, a namespace by -n, or all by -A");
    if (settings->all && (named || given->namespace))
        return error_set(error, "-A goes with neither KIND/NAME nor -n");
    if (named && (settings->selector || settings->services))
        return error_set(error, "-l and --services go with -n or -A");
    if (settings->at_once > SWEEP_ROLLOUTS_MAX)
        return error_set(error, "--at-once=%lld: at most %d", (long long)settings->at_once,
                         SWEEP_ROLLOUTS_MAX);
    return 0;
}

static int run(struct flags *given, struct error *error)
{
    struct removing removing = {.settings = (const struct settings_of_remove *)given};
    int status = CLUSTER_NOT_SO;

    if (check(removing.settings, error) < 0)
        return CLUSTER_TROUBLE;
    asked_init(&removing.asked, &given->kubectl);
    if (find(&removing, error) == 0 &&
        (removing.count > 0 ||
         kubectl_find_namespace(&given->kubectl, given->namespace, error) == 0)) {
        if (removing.count > 0)
            qsort(removing.targets, removing.count, sizeof(struct target), compare);
        if (removing.settings->yes) {
            status = act(&removing);
        } else {
            unsigned rollouts = show(&removing);
            if (!given->json)
                end_show(&removing, rollouts);
            status = removing.count > 0 || removing.unread > 0 ? CLUSTER_NOT_SO : CLUSTER_FINE;
        }
    }
    for (size_t i = 0; i < removing.count; i++)
        target_clear(&removing.targets[i]);
    free(removing.targets);
    return status;
}

const struct verb verb_remove = {
    .name = "remove",
    .summary = "take what evenkeel wrote out of a workload, a namespace or all",
    .arguments = "[KIND/NAME]...",
    .about =
        "Takes what evenkeel recorded as its own out of live objects, and the records too. A\n"
        "release that is held goes on to all pods. Without --yes it only shows what it would do.\n"
        "If a pod template changes, the workload rolls out. Workloads roll out one after the\n"
        "other, and it waits for each.\n\n"
        "While the namespace has evenkeel's label, evenkeel would put its values back. So the\n"
        "object is also opted out, with the annotation evenkeel.dev/inject: \"false\". Once the\n"
        "label is gone, the same command takes that annotation away.",
    .needs =
        "get or list, and patch, the workloads (deployments, statefulsets, daemonsets);\n"
        "get their namespace, and list mutatingwebhookconfigurations, to know whether evenkeel\n"
        "is asked there. If it may not read them, it opts objects out",
    .statuses = "0 nothing of evenkeel is left, 1 something is",
    .flags = flags,
    .settings_size = sizeof(struct settings_of_remove),
    .initial = &initial,
    .words_max = FLAGS_WORDS_MAX,
    .run = run,
};

int removal_command(int argc, char **argv)
{
    return verb_main(&verb_remove, "evenkeel ", argc, argv);
}
