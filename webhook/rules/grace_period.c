// terminationGracePeriodSeconds: room for the hook and for the requests that are in flight after
// it. It is raised, and never lowered below the value of the user or the API.
#include "object/annotations.h"
#include "policy/rule.h"
#include "rules/fill.h"

enum { GRACE_SECONDS_MAX = 86400 };

enum { SECONDS, BUFFER_SECONDS, MAXIMUM_SECONDS, USER_SET };

enum { USER_SET_KEEP, USER_SET_RAISE };
static const char *const user_set_names[] = {"keep", "raise", NULL};

struct grace_settings {
    struct settings common;
    int32_t seconds, buffer_seconds, maximum_seconds;
    int user_set;
};

static const struct field fields[] = {
    [SECONDS] = {.key = "seconds",
                 .doc = "The grace period is at least this. 0: only what the preStop hook and the "
                        "buffer need.",
                 .type = FIELD_INTEGER,
                 .offset = offsetof(struct grace_settings, seconds),
                 .minimum = 0,
                 .maximum = GRACE_SECONDS_MAX,
                 .fallback = "0",
                 .annotation = "grace-period-seconds"},
    [BUFFER_SECONDS] = {.key = "bufferSeconds",
                        .doc = "Seconds after the longest preStop hook, in which the application "
                               "ends its requests. 30 is what it has without a hook.",
                        .type = FIELD_INTEGER,
                        .offset = offsetof(struct grace_settings, buffer_seconds),
                        .minimum = 0,
                        .maximum = GRACE_SECONDS_MAX,
                        .fallback = "30"},
    [MAXIMUM_SECONDS] = {.key = "maximumSeconds",
                         .doc = "Never raise the grace period above this, because draining a node "
                                "waits as long. 0: no limit.",
                         .type = FIELD_INTEGER,
                         .offset = offsetof(struct grace_settings, maximum_seconds),
                         .minimum = 0,
                         .maximum = GRACE_SECONDS_MAX,
                         .fallback = "0"},
    [USER_SET] = {.key = "userSet",
                  .doc = "What to do with a grace period that the user set. keep: it stays, and "
                         "the sleep takes at most a third of it. raise: the sleep is added to it.",
                  .type = FIELD_ENUM,
                  .offset = offsetof(struct grace_settings, user_set),
                  .fallback = "keep",
                  .values = user_set_names},
    FIELDS_COMMON,
};

static int check(const struct settings *settings, struct error *error)
{
    const struct grace_settings *own = (const struct grace_settings *)settings;

    if (own->maximum_seconds > 0 && own->seconds > own->maximum_seconds)
        return error_set(error, "seconds is above maximumSeconds (%d > %d)", (int)own->seconds,
                         (int)own->maximum_seconds);
    return 0;
}

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct grace_settings *own = (const struct grace_settings *)settings;

    (void)facts;
    wishes->grace = true;
    wishes->grace_seconds = own->seconds;
    wishes->grace_buffer = own->buffer_seconds;
    wishes->grace_maximum = own->maximum_seconds;
    wishes->grace_raise = own->user_set == USER_SET_RAISE;
}

// Makes the user's own grace period longer, and notes what it was.
static struct finding raise_users(struct run *run, struct place *place, struct place *note)
{
    struct text text;
    bool ours = run_is_ours(run, place);

    text_init(&text, run->arena, 32);
    text_integer(&text, run->budget.grace_wished);
    struct slice json = text_slice(&text);
    struct finding finding =
        ours ? run_fill(run, place, "30", json) : run_fill_over(run, place, json);
    if (finding.verdict != VERDICT_INJECTED && !ours)
        return finding;
    text_init(&text, run->arena, 32);
    text_integer(&text, run->budget.users_grace);
    fill_string(run, note, NULL, text_slice(&text));
    return finding;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct budget *budget = &run->budget;
    struct place *place =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");
    struct place *note =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ANNOTATION_USERS_GRACE));
    bool noted = budget->users_grace >= 0 && run_is_ours(run, place);

    (void)settings;
    (void)container;
    if (budget->not_raised == RAISED)
        return raise_users(run, place, note);
    run_withdraw(run, note);
    if (budget->grace_left != REASON_NONE)
        return fill_withhold(run, place, "30", budget->grace_left);
    if (noted)
        return fill_withhold(run, place, "30", REASON_NOT_NEEDED);
    return fill_beyond_default(run, place, "30", budget->grace_wished);
}

const struct rule grace_period_rule = {
    .name = "terminationGracePeriodSeconds",
    .summary = "Raises the grace period so that it holds the preStop hook and a buffer after it.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct grace_settings),
    .settings = fields,
    .scalar = "seconds",
    .check = check,
    .wish = wish,
    .apply = apply,
};
