// Only the earliest time: how long an application takes to answer is not written anywhere.
#include "report/ready.h"

#include "json/value.h"

static int64_t seconds(struct value probe, const char *key, int64_t fallback)
{
    int64_t number = fallback;

    return value_integer(value_get(probe, key), &number) && number > 0 && number <= INT32_MAX
               ? number
               : fallback;
}

// From the container's start to the probe's last success that is needed, when it first runs after
// `from`.
static int64_t passes_after(struct value probe, int64_t from)
{
    int64_t delay = seconds(probe, "initialDelaySeconds", 0);

    if (!value_exists(probe))
        return from;
    return (delay > from ? delay : from) +
           (seconds(probe, "successThreshold", 1) - 1) * seconds(probe, "periodSeconds", 10);
}

// `sidecars`: of init containers only those that stay count.
static int64_t latest(struct value containers, bool sidecars)
{
    int64_t slowest = -1;

    for (struct value item = value_first(containers); item.node; item = value_next(item)) {
        struct value readiness = value_get(item, "readinessProbe");
        int64_t ready;
        if (!value_exists(readiness) ||
            (sidecars && !value_is(value_get(item, "restartPolicy"), "Always")))
            continue;
        ready = passes_after(readiness, passes_after(value_get(item, "startupProbe"), 0));
        slowest = ready > slowest ? ready : slowest;
    }
    return slowest;
}

int64_t ready_after(struct slice json)
{
    struct tape tape = {0};
    int64_t containers = -1;
    int64_t sidecars = -1;

    if (tape_parse(&tape, json, TAPE_FULL, NULL) == 0) {
        struct value spec = value_get(value_get(value_root(&tape), "spec"), "template");
        spec = value_get(spec, "spec");
        containers = latest(value_get(spec, "containers"), false);
        sidecars = latest(value_get(spec, "initContainers"), true);
    }
    tape_clear(&tape);
    return containers > sidecars ? containers : sidecars;
}
