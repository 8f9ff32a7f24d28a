// startupProbe: the other probes wait until a slow container has started.
#include "rules/probe.h"

// A probe every five seconds for five minutes: it notices a quick start quickly, is patient with a
// slow one, and stays well below the API's progress deadline of ten minutes.
static const struct field fields[] = {
    PROBE_FIELDS("startup",
                 "asks what the user's own liveness probe asks, or else connects to "
                 "the port that surely serves.",
                 "0", "5", "2", 1, "60"),
};

static const struct probe_kind kind = {
    .name = "startupProbe", .sources = PROBE_SOURCES_LIVENESS, .follows = false};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    (void)facts;
    wishes->startup = probe_wish(settings, &kind);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    return probe_apply(run, settings, container, &kind);
}

const struct rule startup_probe_rule = {
    .name = "startupProbe",
    .summary = "Adds a startup probe, so that the other probes wait for a slow start.",
    .scope = RULE_CONTAINER,
    .settings_size = sizeof(struct probe_settings),
    .settings = fields,
    .scalar = "handler",
    .check = probe_check,
    .wish = wish,
    .apply = apply,
};
