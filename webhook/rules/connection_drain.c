// connectionDrain: lets connections to a removed backend end by themselves. Two annotations that
// only work as a pair, and on layer 4 only where the load balancer is a classic one.
#include "policy/rule.h"
#include "rules/alibaba.h"
#include "rules/fill.h"

enum { TIMEOUT_MIN = 10, TIMEOUT_MAX = 900 }; // seconds; the CCM refuses the whole Service beyond

struct drain_settings {
    struct settings common;
    int32_t timeout_seconds;
};

static const struct field fields[] = {
    {.key = "timeoutSeconds",
     .doc = "Seconds that existing connections to a removed backend may last; 30 suits requests, "
            "not downloads.",
     .type = FIELD_INTEGER,
     .offset = offsetof(struct drain_settings, timeout_seconds),
     .minimum = TIMEOUT_MIN,
     .maximum = TIMEOUT_MAX,
     .fallback = "30",
     .annotation = "connection-drain-seconds"},
    FIELDS_COMMON,
};

// `protocol-port` is a list such as "https:443,tcp:80".
static bool has_layer_7(struct run *run)
{
    struct slice list = alibaba_annotation(run, "protocol-port");

    return slice_glob(list, SLICE("*http:*")) || slice_glob(list, SLICE("*https:*"));
}

static enum reason unfit(struct run *run)
{
    enum reason reason = alibaba_unfit(run);

    if (reason != REASON_NONE)
        return reason;
    if (alibaba_is_classic(&run->facts) && has_layer_7(run))
        return REASON_LAYER_7_LISTENER;
    if (alibaba_annotation(run, "id").data &&
        !slice_is(alibaba_annotation(run, "force-override-listeners"), "true"))
        return REASON_REUSED_LOAD_BALANCER;
    return REASON_NONE;
}

// Whether what the user says of either annotation leaves nothing for us: "off", both, or a time-out
// that the CCM would choke on as soon as draining is on.
static bool users_own(struct run *run, bool users_switch, bool users_timeout)
{
    struct slice timeout = alibaba_annotation(run, "connection-drain-timeout");
    int64_t seconds;

    if (users_switch && !slice_is(alibaba_annotation(run, "connection-drain"), "on"))
        return true;
    return users_timeout &&
           (users_switch || !slice_integer(timeout, TIMEOUT_MIN, TIMEOUT_MAX, &seconds));
}

static struct finding withhold(struct run *run, struct place *toggle, struct place *timeout,
                               struct finding finding)
{
    run_withdraw(run, toggle);
    run_withdraw(run, timeout);
    return finding;
}

static struct slice seconds_text(struct run *run, int32_t seconds)
{
    struct text text;

    text_init(&text, run->arena, 16);
    text_printf(&text, "%d", (int)seconds);
    return text_slice(&text);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct drain_settings *own = (const struct drain_settings *)settings;
    struct place *annotations = run->facts.annotations;
    struct place *toggle =
        plan_map_entry(&run->plan, annotations, SLICE(ALIBABA_PREFIX "connection-drain"));
    struct place *timeout =
        plan_map_entry(&run->plan, annotations, SLICE(ALIBABA_PREFIX "connection-drain-timeout"));
    bool users_switch = alibaba_users_choice(run, toggle, "connection-drain");
    bool users_timeout = alibaba_users_choice(run, timeout, "connection-drain-timeout");
    struct finding kept = finding_of(VERDICT_KEPT, REASON_USER_SET);

    (void)container;
    if (users_own(run, users_switch, users_timeout))
        return withhold(run, toggle, timeout, kept);
    enum reason reason = unfit(run);

    if (reason != REASON_NONE)
        return withhold(run, toggle, timeout, skipped(reason));
    return fill_combine(
        users_switch ? kept : fill_string(run, toggle, NULL, SLICE("on")),
        users_timeout ? kept
                      : fill_string(run, timeout, NULL, seconds_text(run, own->timeout_seconds)));
}

const struct rule connection_drain_rule = {
    .name = "connectionDrain",
    .summary = "Lets an Alibaba load balancer finish the connections of a backend that it removes.",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct drain_settings),
    .settings = fields,
    .scalar = "timeoutSeconds",
    .apply = apply,
};
