// connectionDrain: lets connections to a removed backend end by themselves. Its two annotations
// work only as a pair. The controller removes a backend as soon as its pod is deleted, so the
// time-out runs at the same time as the grace period: a shorter one cuts requests that the pod
// would finish.
#include "balancer/alibaba.h"
#include "object/limits.h"
#include "policy/rule.h"
#include "rules/fill.h"

struct drain_settings {
    struct settings common;
    int32_t timeout_seconds; // 0: the policy's grace period
    bool network_load_balancers;
};

static const struct field fields[] = {
    {.key = "timeoutSeconds",
     .doc = "Seconds from the pod's deletion that existing connections to a removed backend may "
            "last. Left out: the longest grace period that the policy's workloads entries give.",
     .type = FIELD_INTEGER,
     .offset = offsetof(struct drain_settings, timeout_seconds),
     .minimum = ALIBABA_DRAIN_MIN,
     .maximum = ALIBABA_DRAIN_MAX,
     .annotation = "connection-drain-seconds"},
    {.key = "networkLoadBalancers",
     .doc = "Also on network load balancers (NLB). There it only limits how long connections last, "
            "because an NLB cuts none by itself.",
     .type = FIELD_BOOLEAN,
     .offset = offsetof(struct drain_settings, network_load_balancers),
     .fallback = "false"},
    FIELDS_COMMON,
};

// Whether `list`, such as "https:443,tcp:80", makes this port one of layer 7.
static bool is_layer_7(struct run *run, struct slice list, struct value port)
{
    static const char *const protocols[] = {"http", "https"};
    int64_t number = 0;

    value_integer(value_get(port, "port"), &number);
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        struct text pattern;

        text_init(&pattern, run->arena, 64);
        text_printf(&pattern, "*,%s:%d,*", protocols[i], (int)number);
        if (slice_glob(list, text_slice(&pattern)))
            return true;
    }
    return false;
}

// Whether any listener is of layer 4. On a classic load balancer, only those drain.
static bool has_layer_4(struct run *run)
{
    struct value ports = value_get(run->facts.spec, "ports");
    struct slice said = alibaba_annotation(run, "protocol-port");
    struct text list;

    text_init(&list, run->arena, said.size + 2);
    text_putc(&list, ',');
    for (size_t i = 0; i < said.size; i++)
        if (said.data[i] != ' ')
            text_putc(&list, said.data[i]);
    text_putc(&list, ',');
    for (struct value port = value_first(ports); port.node; port = value_next(port))
        if (!is_layer_7(run, text_slice(&list), port))
            return true;
    return !value_first(ports).node;
}

static enum reason unfit(struct run *run, bool requested)
{
    bool classic = alibaba_is_classic(&run->facts);
    enum reason reason = alibaba_unfit(run);

    if (reason != REASON_NONE)
        return reason;
    if (!classic && !requested)
        return REASON_NETWORK_LOAD_BALANCER;
    if (classic && !has_layer_4(run))
        return REASON_LAYER_7_LISTENER;
    if (alibaba_says(run, "vgroup-port"))
        return REASON_OWN_SERVER_GROUPS;
    return alibaba_keeps_listeners(run) ? REASON_REUSED_LOAD_BALANCER : REASON_NONE;
}

// The two annotations, and which of them the user has decided about.
struct pair_of_places {
    struct place *toggle, *timeout;
    bool users_switch, users_timeout;
};

// Whether the user's annotations leave nothing to do: "off", both of them, or a time-out that the
// CCM would refuse as soon as draining is on.
static bool is_users_own(struct run *run, const struct pair_of_places *pair)
{
    struct slice timeout = alibaba_annotation(run, "connection-drain-timeout");
    int32_t minimum = alibaba_is_classic(&run->facts) ? ALIBABA_DRAIN_MIN : 0;
    int64_t seconds;

    if (pair->users_switch && !slice_is(alibaba_annotation(run, "connection-drain"), "on"))
        return true;
    return pair->users_timeout &&
           (pair->users_switch || !slice_integer(timeout, minimum, ALIBABA_DRAIN_MAX, &seconds));
}

// If evenkeel switched draining on, it must switch it off: without the annotation, the load
// balancer would stay as it is. If nothing reads the annotation any more, it is just removed.
static struct finding withhold(struct run *run, const struct pair_of_places *pair,
                               struct finding finding)
{
    struct place *toggle = pair->toggle;
    bool unread = finding.reason == REASON_NOT_LOAD_BALANCER ||
                  finding.reason == REASON_FOREIGN_LOAD_BALANCER;
    bool restored = toggle && toggle->action == ACTION_SET;

    if (unread || (!restored && !run_is_ours(run, toggle)))
        run_withdraw(run, toggle);
    else
        run_fill(run, toggle, NULL, SLICE("\"off\""));
    run_withdraw(run, pair->timeout);
    return finding;
}

static struct slice seconds_text(struct run *run, int32_t seconds)
{
    int32_t grace = run->policy->grace_seconds > 0 ? run->policy->grace_seconds : API_GRACE_DEFAULT;
    struct text text;

    if (seconds == 0)
        seconds = grace;
    if (seconds > ALIBABA_DRAIN_MAX)
        seconds = ALIBABA_DRAIN_MAX;
    text_init(&text, run->arena, 16);
    text_printf(&text, "%d", (int)(seconds < ALIBABA_DRAIN_MIN ? ALIBABA_DRAIN_MIN : seconds));
    return text_slice(&text);
}

static struct pair_of_places find_pair(struct run *run)
{
    struct place *annotations = run->facts.annotations;
    struct pair_of_places pair = {
        .toggle = plan_map_entry(&run->plan, annotations, SLICE(ALIBABA_PREFIX "connection-drain")),
        .timeout = plan_map_entry(&run->plan, annotations,
                                  SLICE(ALIBABA_PREFIX "connection-drain-timeout")),
    };

    pair.users_switch = alibaba_users_choice(run, pair.toggle, SLICE("connection-drain"));
    pair.users_timeout = alibaba_users_choice(run, pair.timeout, SLICE("connection-drain-timeout"));
    return pair;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct drain_settings *own = (const struct drain_settings *)settings;
    const struct pair_of_places pair = find_pair(run);
    struct finding kept = finding_of(VERDICT_KEPT, REASON_USER_SET);
    bool requested = own->network_load_balancers || settings->overridden || pair.users_switch;

    (void)container;
    if (is_users_own(run, &pair))
        return withhold(run, &pair, kept);
    enum reason reason = unfit(run, requested);

    if (reason != REASON_NONE)
        return withhold(run, &pair, skipped(reason));
    return fill_combine(pair.users_switch ? kept : fill_string(run, pair.toggle, NULL, SLICE("on")),
                        pair.users_timeout ? kept
                                           : fill_string(run, pair.timeout, NULL,
                                                         seconds_text(run, own->timeout_seconds)));
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
