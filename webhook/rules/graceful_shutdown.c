// gracefulShutdown: a stopping pod keeps its connections. The controller keeps it in the load
// balancer with the weight 0 as long as it serves, and removes it only then. CCM 2.15 or newer;
// older ones ignore the annotation. https://www.alibabacloud.com/help/en/ack/ (Service annotations)
#include "balancer/alibaba.h"
#include "policy/rule.h"
#include "rules/fill.h"

static const struct field fields[] = {FIELDS_COMMON};

// The weight 0 must reach the load balancer, and mean something to it.
static enum reason unfit(struct run *run)
{
    enum reason reason = alibaba_unfit(run);

    if (reason != REASON_NONE)
        return reason;
    if (run->policy->network != NETWORK_TERWAY)
        return REASON_NETWORK;
    if (!alibaba_is_eni(run))
        return REASON_NO_ENI_BACKEND;
    if (alibaba_says(run, "vgroup-port"))
        return REASON_OWN_SERVER_GROUPS;
    if (alibaba_keeps_listeners(run))
        return REASON_REUSED_LOAD_BALANCER;
    if (slice_is(alibaba_annotation(run, "ignore-weight-update"), "on"))
        return REASON_WEIGHTS_IGNORED;
    return alibaba_weigh(run) ? REASON_NONE : REASON_SCHEDULER;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    struct place *place = plan_map_entry(&run->plan, run->facts.annotations,
                                         SLICE(ALIBABA_PREFIX "graceful-shutdown"));

    (void)settings;
    (void)container;
    if (alibaba_users_choice(run, place, SLICE("graceful-shutdown")))
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    enum reason reason = unfit(run);

    if (reason != REASON_NONE)
        return fill_withhold(run, place, NULL, reason);
    return fill_string(run, place, NULL, SLICE("true"));
}

const struct rule graceful_shutdown_rule = {
    .name = "gracefulShutdown",
    .summary =
        "Lets a stopping pod keep its connections until it no longer serves (Terway, CCM 2.15).",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct settings),
    .settings = fields,
    .scalar = NULL,
    .apply = apply,
};
