// `evenkeel release run`: reads and checks the options of a release without a person.
#include <math.h>
#include <string.h>

#include "cluster/drive.h"
#include "cluster/verb.h"

enum { STATUS_INTERRUPTED = 130 };

struct settings_of_run {
    struct flags flags;
    struct drive_settings drive;
};

static const struct settings_of_run initial = {
    .drive =
        {.timeout = 600, .interval = 2, .fail_above = NAN, .fail_below = NAN, .max_restarts = -1},
};

#define OFFSET(member) offsetof(struct settings_of_run, drive.member)

static const struct flag flags[] = {
    {"bake", 0, FLAG_SECONDS, OFFSET(bake), "TIME", "how long a step's pods must stay ready (0s)"},
    {"timeout", 0, FLAG_SECONDS, OFFSET(timeout), "TIME",
     "in which each step must be ready, baked and checked (10m)"},
    {"verify", 0, FLAG_TEXT, OFFSET(verify), "COMMAND",
     "a shell command that must end with 0 at each step"},
    {"max-restarts", 0, FLAG_NUMBER, OFFSET(max_restarts), "N",
     "most restarts of the new version's containers, all together"},
    {"query", 0, FLAG_TEXT, OFFSET(query), "PROMQL",
     "asked while a step bakes; $pods, $namespace and $name are replaced"},
    {"prometheus", 0, FLAG_TEXT, OFFSET(prometheus), "WHERE",
     "NAMESPACE/SERVICE:PORT, asked by kubectl, or a URL, by curl"},
    {"fail-above", 0, FLAG_DECIMAL, OFFSET(fail_above), "NUMBER",
     "the step fails if the query gives more"},
    {"fail-below", 0, FLAG_DECIMAL, OFFSET(fail_below), "NUMBER",
     "the step fails if it gives less"},
    {"no-rollback", 0, FLAG_SWITCH, OFFSET(keep), NULL, "leave a failed step held"},
    {"dry-run", 0, FLAG_SWITCH, OFFSET(dry_run), NULL,
     "check the step that is held, and write nothing"},
    {"interval", 0, FLAG_SECONDS, OFFSET(interval), "TIME", "how often it looks (2s)"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

static int check(const struct drive_settings *drive, struct error *error)
{
    bool bounded = !isnan(drive->fail_above) || !isnan(drive->fail_below);
    const char *where = drive->prometheus;

    if (drive->query && (!where || !bounded))
        return error_set(error, "--query needs --prometheus, and --fail-above or --fail-below");
    if (!drive->query && (where || bounded))
        return error_set(error, "--prometheus and --fail-above go with --query");
    if (where && !strstr(where, "://") && (!strchr(where, '/') || !strchr(where, ':')))
        return error_set(error, "--prometheus=%s: expected NAMESPACE/SERVICE:PORT or a URL", where);
    if (drive->interval < 0.1 || drive->bake >= drive->timeout)
        return error_set(error, "--interval must be at least 0.1s, and --timeout above --bake");
    return 0;
}

static int run(struct flags *given, struct error *error)
{
    static const int statuses[] = {
        [DRIVE_RELEASED] = CLUSTER_FINE,
        [DRIVE_ROLLED_BACK] = CLUSTER_NOT_SO,
        [DRIVE_LEFT] = CLUSTER_NOT_SO,
        [DRIVE_TROUBLE] = CLUSTER_TROUBLE,
        [DRIVE_INTERRUPTED] = STATUS_INTERRUPTED,
    };
    struct settings_of_run *settings = (struct settings_of_run *)given;

    settings->drive.workload = given->words[0];
    settings->drive.json = given->json;
    if (check(&settings->drive, error) < 0)
        return CLUSTER_TROUBLE;
    return statuses[drive(&given->kubectl, &settings->drive)];
}

const struct verb verb_run = {
    .name = "run",
    .summary = "drive a release to its end from a pipeline, or roll it back",
    .arguments = "NAME",
    .about =
        "Waits until all pods of the held step are there and ready, lets them bake, runs the\n"
        "checks, and approves that version by its hash. Then it does the same for the next step.\n"
        "If a check fails or time runs out, it rolls back. If somebody pushes another version\n"
        "meanwhile, it leaves that one alone. Ctrl-C and a lost connection leave the hold as it\n"
        "is, and the next run goes on from there.\n\n"
        "The command of --verify has these variables: EVENKEEL_NAMESPACE, _KIND, _NAME, _STEP,\n"
        "_STEPS, _TEMPLATE, _IMAGES, _PODS and _POD_IPS; and of the old version\n"
        "EVENKEEL_OLD_IMAGES, _OLD_PODS and _OLD_POD_IPS. When it ends, what it left in the\n"
        "background is ended too. With -o json each event is a line of JSON.",
    .needs = "get and patch the workload; list replicasets or controllerrevisions, and pods;\n"
             "with --prometheus=NAMESPACE/SERVICE:PORT also get services/proxy there",
    .statuses = "0 released, or nothing was held and the rollout is complete; 1 rolled back, or\n"
                "not released and left as it is; 130 interrupted",
    .flags = flags,
    .settings_size = sizeof(struct settings_of_run),
    .initial = &initial,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
