// preStop: keeps a stopping container serving while load balancers and proxies still send it
// requests. A user's hook of any form stands; postStart is never touched.
#include "policy/rule.h"
#include "rules/fill.h"
#include "signs/ports.h"

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
         .doc = "Seconds to go on serving after the pod was told to stop; shortened to half of a "
                "grace period that is the user's own. 15 outlasts most load balancers' updates.",
         .type = FIELD_INTEGER,
         .offset = offsetof(struct pre_stop_settings, sleep_seconds),
         .minimum = 1,
         .maximum = PRE_STOP_SECONDS_MAX,
         .fallback = "15",
         .oneof = 1,
         .annotation = "pre-stop-seconds"},
    [EXEC] = {.key = "exec",
              .doc = "A command instead of the sleep; {app_name}, {namespace} and {container} in "
                     "its arguments stand for themselves.",
              .type = FIELD_JSON,
              .offset = offsetof(struct pre_stop_settings, exec),
              .shape = exec_shape,
              .oneof = 1},
    [EXEC_SECONDS] = {.key = "execSeconds",
                      .doc = "Seconds that the command may take, for which the grace period makes "
                             "room.",
                      .type = FIELD_INTEGER,
                      .offset = offsetof(struct pre_stop_settings, exec_seconds),
                      .minimum = 1,
                      .maximum = PRE_STOP_SECONDS_MAX,
                      .fallback = "30"},
    FIELDS_COMMON,
};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct pre_stop_settings *own = (const struct pre_stop_settings *)settings;

    (void)facts;
    wishes->pre_stop = true;
    wishes->pre_stop_command = own->exec.size > 0;
    wishes->pre_stop_seconds = own->exec.size > 0 ? own->exec_seconds : own->sleep_seconds;
}

// The grace period that will stand: the budget's own may be one that is only observed.
static int64_t standing_grace(struct run *run)
{
    struct place *place =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");

    return run->observing ? run->budget.grace : fill_number_after(place, API_GRACE_DEFAULT);
}

// The budget's seconds; in a grace period shorter than the budget's, as for one of the user's own.
static int32_t hook_seconds(const struct run *run, int64_t grace, bool command)
{
    int32_t seconds = run->budget.pre_stop;

    if (grace >= run->budget.grace || (command && seconds <= grace))
        return seconds;
    if (command)
        return 0;
    return seconds < grace / 2 ? seconds : (int32_t)(grace / 2);
}

static struct slice write_sleep(const struct run *run, int seconds)
{
    bool native = run->policy->kubernetes_minor >= NATIVE_SLEEP_MINOR;
    struct text json;

    text_init(&json, run->arena, COMMAND_TEXT_MAX);
    text_puts(&json, native ? "{\"sleep\":{\"seconds\":" : "{\"exec\":{\"command\":[\"sleep\",\"");
    text_integer(&json, seconds);
    text_puts(&json, native ? "}}" : "\"]}}");
    return text_slice(&json);
}

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

// One warning for an object, however many containers it has: at the first that takes our hook.
static void warn_when_cut(struct run *run, const struct container *container, int32_t seconds,
                          int64_t grace)
{
    int32_t wished = run->budget.pre_stop_wished;

    if (seconds >= wished || run->template_locked)
        return;
    for (const struct container *other = run->facts.containers; other != container; other++)
        if (!other->proxy &&
            !run_users_choice(run, plan_path(&run->plan, other->place, "lifecycle.preStop"), NULL))
            return;
    if (seconds > 0)
        run_warn(run, "preStop: sleep cut from %d to %d s, as terminationGracePeriodSeconds is %d",
                 (int)wished, (int)seconds, (int)grace);
    else
        run_warn(run, "preStop: no hook of %d s, as terminationGracePeriodSeconds is only %d",
                 (int)wished, (int)grace);
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
    int64_t grace = standing_grace(run);
    int32_t seconds = hook_seconds(run, grace, own->exec.size > 0);

    warn_when_cut(run, container, seconds, grace);
    if (seconds == 0)
        return fill_withhold(run, place, NULL, REASON_GRACE_TOO_SHORT);
    if (own->exec.size == 0)
        return run_fill(run, place, NULL, write_sleep(run, seconds));
    struct slice json = write_command(run, own->exec, container);

    if (!json.data)
        return fill_withhold(run, place, NULL, REASON_NO_NAME);
    return run_fill(run, place, NULL, json);
}

const struct rule pre_stop_rule = {
    .name = "preStop",
    .summary = "Adds a preStop hook that goes on serving until nobody sends new requests any more.",
    .scope = RULE_CONTAINER,
    .settings_size = sizeof(struct pre_stop_settings),
    .settings = fields,
    .scalar = "sleepSeconds",
    .wish = wish,
    .apply = apply,
};
