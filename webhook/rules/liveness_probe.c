// livenessProbe: restarts a container that hangs. Only if a policy asks for it: under load a slow
// answer looks like a hang, and restarts then stop what still worked.
#include "rules/probe.h"

// Careful, because a failure kills the container: a minute without an answer, a long time-out, and
// no probe in the first half minute.
static const struct field fields[] = {
    PROBE_FIELDS("liveness", "connects to the port that surely serves.", "30", "10", "5", 1, "6"),
};

static const struct probe_kind kind = {
    .name = "livenessProbe", .sources = PROBE_SOURCES_NONE, .follows = false};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    (void)facts;
    wishes->liveness = probe_wish(settings, &kind);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    return probe_apply(run, settings, container, &kind);
}

const struct rule liveness_probe_rule = {
    .name = "livenessProbe",
    .summary = "Adds a liveness probe, so that a container that hangs is restarted.",
    .scope = RULE_CONTAINER,
    .settings_size = sizeof(struct probe_settings),
    .settings = fields,
    .scalar = "handler",
    .check = probe_check,
    .wish = wish,
    .apply = apply,
};
