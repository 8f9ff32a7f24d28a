// readinessProbe: without one a pod counts as ready, and gets requests, as soon as its process
// runs.
#include "rules/probe.h"

// Asked at once and every five seconds, because each second of delay is a second in which a rollout
// stands still; three failures, so that one lost packet takes no pod out of service.
static const struct field fields[] = {
    PROBE_FIELDS("readiness", "0", "5", "2", PROBE_SECONDS_MAX, "3"),
};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    (void)facts;
    wishes->readiness = probe_wish(settings);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    return probe_apply(run, settings, container, "readinessProbe", run->budget.readiness_delay);
}

const struct rule readiness_probe_rule = {
    .name = "readinessProbe",
    .summary = "Adds a readiness probe, so that a new pod gets requests only once it can answer "
               "them.",
    .scope = RULE_CONTAINER,
    .settings_size = sizeof(struct probe_settings),
    .settings = fields,
    .scalar = "handler",
    .check = probe_check,
    .wish = wish,
    .apply = apply,
};
