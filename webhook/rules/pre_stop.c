// preStop: keeps a stopping container serving while load balancers and proxies still send it
// requests. A user's hook of any form stays. postStart is never touched.
#include "policy/rule.h"
#include "rules/fill.h"
#include "run/instance.h"
#include "run/sidecar.h"
#include "run/stop_time.h"
#include "signs/nodes.h"

enum {
    NATIVE_SLEEP_MINOR = 30, // on by default from 1.30; 1.28 refuses it (KEP-3960)
    PRE_STOP_SECONDS_MAX = 3600,
    COMMAND_TEXT_MAX = 64 * 1024,
};

enum { SLEEP_SECONDS, EXEC, EXEC_SECONDS };

struct pre_stop_settings {
    struct settings common;
    int32_t sleep_seconds;
    struct slice exec; // empty: sleep
    int32_t exec_seconds;
};

static const struct shape exec_shape[] = {
    {.key = "command", .type = SHAPE_STRINGS, .required = true, .minimum = 1},
    {.key = NULL},
};

static const struct field fields[] = {
    [SLEEP_SECONDS] =
        {.key = "sleepSeconds",
         .doc = "Seconds to serve after the pod is told to stop. At most a third of a grace period "
                "that the user set. 15 is longer than most load balancers need.",
         .type = FIELD_INTEGER,
         .offset = offsetof(struct pre_stop_settings, sleep_seconds),
         .minimum = 1,
         .maximum = PRE_STOP_SECONDS_MAX,
         .fallback = "15",
         .oneof = 1,
         .annotation = "pre-stop-seconds"},
    [EXEC] = {.key = "exec",
              .doc = "A command instead of the sleep. {app_name}, {namespace} and {container} in "
                     "its arguments are replaced.",
              .type = FIELD_JSON,
              .offset = offsetof(struct pre_stop_settings, exec),
              .shape = exec_shape,
              .oneof = 1},
    [EXEC_SECONDS] =
        {.key = "execSeconds",
         .doc = "Seconds that the command may take. The grace period makes room for them.",
         .type = FIELD_INTEGER,
         .offset = offsetof(struct pre_stop_settings, exec_seconds),
         .minimum = 1,
         .maximum = PRE_STOP_SECONDS_MAX,
         .fallback = "30"},
    FIELDS_COMMON,
};

// The policy's command for this container. Each argument is decoded, expanded and encoded again, so
// that no name can change the JSON around it. The absent slice when a name is not known yet.
static struct slice write_command(struct run *run, struct slice exec,
                                  const struct container *container)
{
    struct text json;
    bool first = true;

    if (tape_parse(run->value_tape, exec, TAPE_FULL, NULL) != 0)
        return (struct slice){NULL, 0};
    struct value command = value_get(value_root(run->value_tape), "command");

    text_init(&json, run->arena, COMMAND_TEXT_MAX);
    text_puts(&json, "{\"exec\":{\"command\":[");
    for (struct value item = value_first(command); item.node; item = value_next(item)) {
        struct slice argument = value_string(item, run->arena);

        if (argument.size > 0)
            argument = run_expand(run, container, argument);
        if (!argument.data)
            return (struct slice){NULL, 0};
        if (!first)
            text_putc(&json, ',');
        first = false;
        text_json_string(&json, argument);
    }
    text_puts(&json, "]}}");
    return text_slice(&json);
}

static bool is_native(const struct run *run)
{
    return run->policy->kubernetes_minor >= NATIVE_SLEEP_MINOR;
}

static bool lacks_sleep(const struct run *run)
{
    return !is_native(run) && nodes_are_windows(run->facts.pod_spec);
}

static bool fits(struct run *run, const struct settings *settings,
                 const struct container *container)
{
    const struct pre_stop_settings *own = (const struct pre_stop_settings *)settings;

    if (own->exec.size == 0)
        return !lacks_sleep(run);
    return write_command(run, own->exec, container).data != NULL;
}

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct pre_stop_settings *own = (const struct pre_stop_settings *)settings;

    (void)facts;
    wishes->pre_stop = true;
    wishes->pre_stop_fits = fits;
    wishes->pre_stop_settings = settings;
    wishes->pre_stop_command = own->exec.size > 0;
    wishes->pre_stop_seconds = own->exec.size > 0 ? own->exec_seconds : own->sleep_seconds;
}

// The grace period that the object will have. The budget's own may be only observed.
static int64_t standing_grace(struct run *run)
{
    struct place *place =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");

    return run->observing ? run->budget.grace : fill_number_after(place, API_GRACE_DEFAULT);
}

// The budget's seconds, or fewer in a grace period shorter than the budget's, such as a user's own.
static int32_t hook_seconds(const struct run *run, int64_t grace, bool command)
{
    int32_t seconds = run->budget.pre_stop;

    if (grace >= run->budget.grace || (command && seconds <= grace))
        return seconds;
    if (command)
        return 0;
    grace /= run->budget.pre_stop_share;
    return seconds < grace ? seconds : (int32_t)grace;
}

static struct slice write_sleep(const struct run *run, int seconds)
{
    bool native = is_native(run);
    struct text json;

    text_init(&json, run->arena, COMMAND_TEXT_MAX);
    text_puts(&json, native ? "{\"sleep\":{\"seconds\":" : "{\"exec\":{\"command\":[\"sleep\",\"");
    text_integer(&json, seconds);
    text_puts(&json, native ? "}}" : "\"]}}");
    return text_slice(&json);
}

// How long the application had after SIGTERM without evenkeel's hook.
static int32_t seconds_before(const struct run *run)
{
    return run->budget.users_grace >= 0 ? run->budget.users_grace : API_GRACE_DEFAULT;
}

static void tell_no_hook(struct run *run, bool command, int64_t grace)
{
    int32_t wished = run->budget.pre_stop_wished;

    if (command)
        run_warn(run, "preStop: no hook of %d s, as terminationGracePeriodSeconds is only %d",
                 (int)wished, (int)grace);
    else if (grace >= run->budget.pre_stop_share)
        run_warn(run,
                 "preStop: no sleep of %d s: the pod declares no port for requests, and its grace "
                 "period of %d s is its own; declare one",
                 (int)wished, (int)grace);
    else
        run_warn(run,
                 "preStop: no sleep of %d s: terminationGracePeriodSeconds is %d, and the whole "
                 "sleep needs %d",
                 (int)wished, (int)grace, (int)wished * run->budget.pre_stop_share);
}

// A policy wanted to make the user's grace period longer, but could not do so here.
static void tell_not_raised(struct run *run)
{
    int32_t users = run->budget.users_grace;

    if (run->budget.not_raised == NOT_RAISED_DECLARED)
        run_warn(run,
                 "terminationGracePeriodSeconds: %d stays, as a manifest declares it, though the "
                 "policy would raise it",
                 (int)users);
    if (run->budget.not_raised == NOT_RAISED_LOST)
        run_warn(run,
                 "terminationGracePeriodSeconds: %d stays: it may include the sleep already, and "
                 "the record is lost",
                 (int)users);
}

static void tell_hook(struct run *run, int32_t seconds, int64_t grace)
{
    int32_t wished = run->budget.pre_stop_wished, before = seconds_before(run);
    int32_t left = (int32_t)grace - seconds;

    bool by_node = seconds < wished && seconds == run->budget.node_notice / 2;

    if (by_node && left < before)
        run_warn(run,
                 "preStop: sleeps %d of %d s, as its nodes may stop within %d s; %d of %d s left "
                 "after SIGTERM",
                 (int)seconds, (int)wished, (int)run->budget.node_notice, (int)left, (int)before);
    else if (by_node)
        run_warn(run, "preStop: sleeps %d of %d s, as its nodes may stop within %d s", (int)seconds,
                 (int)wished, (int)run->budget.node_notice);
    else if (seconds < wished && left < before)
        run_warn(run,
                 "preStop: sleeps %d of %d s, %d of %d s left after SIGTERM; for %d s: grace %d; "
                 "for none: evenkeel.dev/pre-stop: \"off\"",
                 (int)seconds, (int)wished, (int)left, (int)before, (int)wished,
                 (int)wished * run->budget.pre_stop_share);
    else if (seconds < wished)
        run_warn(run, "preStop: sleeps %d of %d s, as terminationGracePeriodSeconds is %d",
                 (int)seconds, (int)wished, (int)grace);
    else if (left < before)
        run_warn(run,
                 "preStop: takes %d s, %d of %d s left after SIGTERM (to keep all: "
                 "evenkeel.dev/pre-stop: \"off\")",
                 (int)seconds, (int)left, (int)before);
}

// A probe's own grace period replaces the pod's. The hook runs in it too.
static void tell_probes(struct run *run, const struct container *container, int32_t seconds)
{
    static const char *const names[] = {"livenessProbe", "startupProbe"};

    for (int i = 0; i < 2; i++) {
        struct value probe = value_get(container->at, names[i]);
        int64_t own = INT64_MAX;

        value_integer(value_get(probe, "terminationGracePeriodSeconds"), &own);
        if (own <= seconds)
            run_warn(run,
                     "%s: its terminationGracePeriodSeconds %d ends before the preStop hook of "
                     "%d s; set it above",
                     names[i], (int)own, (int)seconds);
    }
}

// A sidecar in the template itself is not configured by the injector.
static void tell_sidecar(struct run *run)
{
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        const struct container *container = &run->facts.containers[i];
        if (!container->proxy ||
            value_exists(value_get(value_get(container->at, "lifecycle"), "preStop")))
            continue;
        run_warn(run,
                 "preStop: the sidecar %.*s has no hook and may close before the sleep is over; "
                 "give it one",
                 (int)container->name.size, container->name.data);
    }
}

// Once for an object, however many containers it has, and only if it is new: how much of the time
// after SIGTERM the hook takes, and how much shorter it is than the policy's.
static void tell(struct run *run, const struct container *container, bool command, int32_t seconds,
                 int64_t grace, struct finding finding)
{
    bool written = finding.verdict == VERDICT_WOULD_INJECT ||
                   (finding.verdict == VERDICT_INJECTED && finding.reason != REASON_RESTORED);

    if (run->template_locked || !(written || stop_time_is_news(run)))
        return;
    if (seconds > 0)
        tell_probes(run, container, seconds);
    if (run->told_stop_time)
        return;
    run->told_stop_time = true;
    tell_not_raised(run);
    if (seconds > 0)
        tell_sidecar(run);
    if (seconds > 0)
        tell_hook(run, seconds, grace);
    else
        tell_no_hook(run, command, grace);
}

// The policy knows another mesh's sidecar. The user knows a sidecar that they configured.
static void tell_mesh(struct run *run)
{
    if (run->told_stop_time || run->template_locked || sidecar_expected(run) != MESH_ISTIO)
        return;
    run->told_stop_time = true;
    run_warn(run,
             "preStop: no sleep, as Istio's sidecar closes first: give proxy.istio.io/config a "
             "terminationDrainDuration");
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct pre_stop_settings *own = (const struct pre_stop_settings *)settings;
    struct place *place = plan_path(&run->plan, container->place, "lifecycle.preStop");

    if (container->proxy)
        return skipped(REASON_PROXY_CONTAINER);
    if (run_users_choice(run, place, NULL))
        return run_keep_handler(run, place);
    enum reason unfit = instance_unhooked(&run->budget.instance, run, place);
    if (unfit == REASON_EXCLUSIVE)
        instance_tell(run);
    if (unfit == REASON_MESH)
        tell_mesh(run);
    if (unfit != REASON_NONE)
        return fill_withhold(run, place, NULL, unfit);
    bool command = own->exec.size > 0;
    struct slice json = {NULL, 0};

    if (command && !(json = write_command(run, own->exec, container)).data)
        return fill_withhold(run, place, NULL, REASON_NO_NAME);
    if (!command && lacks_sleep(run))
        return fill_withhold(run, place, NULL, REASON_WINDOWS);
    int64_t grace = standing_grace(run);
    int32_t seconds = hook_seconds(run, grace, command);

    bool has_room = seconds > 0;
    enum reason none =
        grace < run->budget.pre_stop_share ? REASON_GRACE_TOO_SHORT : REASON_OWN_STOP_TIME;
    if (command)
        none = REASON_GRACE_TOO_SHORT;
    struct finding finding =
        !has_room ? fill_withhold(run, place, NULL, none)
                  : run_fill(run, place, NULL, command ? json : write_sleep(run, seconds));
    tell(run, container, command, seconds, grace, finding);
    return finding;
}

const struct rule pre_stop_rule = {
    .name = "preStop",
    .summary =
        "Adds a preStop hook, so that a stopping pod serves until nobody sends it new requests.",
    .scope = RULE_CONTAINER,
    .settings_size = sizeof(struct pre_stop_settings),
    .settings = fields,
    .scalar = "sleepSeconds",
    .wish = wish,
    .apply = apply,
};
