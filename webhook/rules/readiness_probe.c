// readinessProbe: without one a pod counts as ready, and gets requests, as soon as its process
// runs.
#include "rules/probe.h"

// The first probe comes at once, and then one every two seconds, because the rollout waits for each
// second of delay. Five failures are needed, so that a pod is taken out after ten seconds without
// an answer, and not after a lost packet.
static const struct field fields[] = {
    PROBE_FIELDS("readiness",
                 "asks what the user's own liveness or startup probe asks, or else "
                 "connects to the port that surely serves.",
                 "0", "2", "2", PROBE_SECONDS_MAX, "5"),
};

static const struct probe_kind kind = {
    .name = "readinessProbe", .sources = PROBE_SOURCES_ALL, .follows = true};

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    (void)facts;
    wishes->readiness = probe_wish(settings, &kind);
    wishes->port_words = &((const struct probe_settings *)settings)->words;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    return probe_apply(run, settings, container, &kind);
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
