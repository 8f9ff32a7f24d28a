// terminationGracePeriodSeconds: room for the hook and for the requests in flight behind it.
// Raised, never lowered below what a user or the API has.
#include "policy/rule.h"
#include "rules/fill.h"

enum { GRACE_SECONDS_MAX = 86400 };

enum { SECONDS, BUFFER_SECONDS, MAXIMUM_SECONDS };

struct grace_settings {
    struct settings common;
    int32_t seconds, buffer_seconds, maximum_seconds;
};

static const struct field fields[] = {
    [SECONDS] = {.key = "seconds",
                 .doc = "At least this grace period; 0: only what the preStop hook and the buffer "
                        "need.",
                 .type = FIELD_INTEGER,
                 .offset = offsetof(struct grace_settings, seconds),
                 .minimum = 0,
                 .maximum = GRACE_SECONDS_MAX,
                 .fallback = "0",
                 .annotation = "grace-period-seconds"},
    [BUFFER_SECONDS] = {.key = "bufferSeconds",
                        .doc =
                            "Seconds behind the longest preStop hook, for the application to end "
                            "its requests; 30 is what it had without a hook.",
                        .type = FIELD_INTEGER,
                        .offset = offsetof(struct grace_settings, buffer_seconds),
                        .minimum = 0,
                        .maximum = GRACE_SECONDS_MAX,
                        .fallback = "30"},
    [MAXIMUM_SECONDS] = {.key = "maximumSeconds",
                         .doc = "Never raise above this, because draining a node waits as long; 0: "
                                "no bound.",
                         .type = FIELD_INTEGER,
                         .offset = offsetof(struct grace_settings, maximum_seconds),
                         .minimum = 0,
                         .maximum = GRACE_SECONDS_MAX,
                         .fallback = "0"},
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
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    (void)settings;
    (void)container;
    return fill_beyond_default(
        run, plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds"),
        "30", run->budget.grace_wished);
}

const struct rule grace_period_rule = {
    .name = "terminationGracePeriodSeconds",
    .summary = "Raises the grace period to hold the preStop hook and a buffer behind it.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct grace_settings),
    .settings = fields,
    .scalar = "seconds",
    .check = check,
    .wish = wish,
    .apply = apply,
};
