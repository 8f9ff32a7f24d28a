// progressDeadlineSeconds: raised if probes and minReadySeconds together may take longer than the
// API's ten minutes, so that a slow rollout is not reported as a failed one.
#include "policy/rule.h"
#include "rules/fill.h"

enum { DEADLINE_SECONDS_MAX = 604800 }; // a week

struct deadline_settings {
    struct settings common;
    int32_t seconds;
};

static const struct field fields[] = {
    {.key = "seconds",
     .doc = "The deadline is at least this, and longer if the probes need it. 600 is the API's "
            "default.",
     .type = FIELD_INTEGER,
     .offset = offsetof(struct deadline_settings, seconds),
     .minimum = 1,
     .maximum = DEADLINE_SECONDS_MAX,
     .fallback = "600",
     .annotation = "progress-deadline-seconds"},
    FIELDS_COMMON,
};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct deadline_settings *own = (const struct deadline_settings *)settings;

    if (!(facts->kind->flags & KIND_PROGRESS_DEADLINE))
        return;
    wishes->deadline = true;
    wishes->deadline_seconds = own->seconds;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    (void)settings;
    (void)container;
    if (!(run->facts.kind->flags & KIND_PROGRESS_DEADLINE))
        return skipped(REASON_KIND_LACKS_FIELD);
    return fill_beyond_default(
        run, plan_member(&run->plan, run->facts.spec_place, "progressDeadlineSeconds"), "600",
        run->budget.deadline);
}

const struct rule progress_deadline_rule = {
    .name = "progressDeadlineSeconds",
    .summary =
        "Raises the progress deadline above the time that probes and minReadySeconds may take.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct deadline_settings),
    .settings = fields,
    .scalar = "seconds",
    .wish = wish,
    .apply = apply,
};
