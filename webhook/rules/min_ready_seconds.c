// minReadySeconds: how long a new pod must stay ready before an old one may stop.
#include "policy/rule.h"
#include "rules/fill.h"

enum { MIN_READY_SECONDS_MAX = 86400 };

struct min_ready_settings {
    struct settings common;
    int32_t seconds;
};

static const struct field fields[] = {
    {.key = "seconds",
     .doc = "Seconds that a new pod must stay ready. 5 finds a pod that dies at its first "
            "requests. 0 writes nothing.",
     .type = FIELD_INTEGER,
     .offset = offsetof(struct min_ready_settings, seconds),
     .minimum = 0,
     .maximum = MIN_READY_SECONDS_MAX,
     .fallback = "5",
     .annotation = "min-ready-seconds"},
    FIELDS_COMMON,
};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct min_ready_settings *own = (const struct min_ready_settings *)settings;

    if (!(facts->kind->flags & KIND_MIN_READY))
        return;
    wishes->min_ready = true;
    wishes->min_ready_seconds = own->seconds;
}

// The API refuses a value that is not below the object's final deadline. The budget's deadline may
// be only observed, and then it is not written.
static int32_t seconds_that_fit(struct run *run)
{
    int32_t seconds = run->budget.min_ready;
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "progressDeadlineSeconds");
    bool bounded = run->facts.kind->flags & KIND_PROGRESS_DEADLINE && !run->observing;

    return bounded && seconds >= fill_number_after(place, API_DEADLINE_DEFAULT) ? -1 : seconds;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    (void)settings;
    (void)container;
    if (!(run->facts.kind->flags & KIND_MIN_READY))
        return skipped(REASON_KIND_LACKS_FIELD);
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "minReadySeconds");
    int32_t seconds = seconds_that_fit(run);

    if (seconds > 0)
        return fill_integer(run, place, NULL, seconds);
    // The API leaves a 0 out, so a written 0 would be missing at every later request.
    return fill_withhold(run, place, NULL,
                         seconds < 0 ? REASON_DEADLINE_TOO_SHORT : REASON_NOT_NEEDED);
}

const struct rule min_ready_seconds_rule = {
    .name = "minReadySeconds",
    .summary = "Makes a rollout wait until a new pod has stayed ready for a while.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct min_ready_settings),
    .settings = fields,
    .scalar = "seconds",
    .wish = wish,
    .apply = apply,
};
