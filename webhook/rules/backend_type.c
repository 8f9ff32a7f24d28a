// backendType: pods as the load balancer's own backends, without a hop over a node. Only on Terway:
// on any other network there would be no backends.
#include "balancer/alibaba.h"
#include "policy/rule.h"
#include "rules/fill.h"

struct backend_settings {
    struct settings common;
    int value;
};

static const char *const value_names[] = {"eni", NULL};

static const struct field fields[] = {
    {.key = "value",
     .doc = "eni attaches pods by their network interfaces. There is no other value.",
     .type = FIELD_ENUM,
     .offset = offsetof(struct backend_settings, value),
     .fallback = "eni",
     .values = value_names},
    FIELDS_COMMON,
};

// A reused CLB may be a shared one, which refuses such backends. backend-label chooses nodes. A
// change on a live Service rebuilds its server groups, so nothing is removed there either.
static enum reason unfit(struct run *run, const struct place *place)
{
    bool stands = slice_is(run_value_after(place), "\"eni\"");
    enum reason reason = alibaba_unfit(run);

    if (reason != REASON_NONE)
        return reason;
    if (run->policy->network != NETWORK_TERWAY)
        return REASON_NETWORK;
    if (!alibaba_is_new(&run->facts))
        return stands ? REASON_NONE : REASON_LIVE_SERVICE;
    if (alibaba_is_classic(&run->facts) && alibaba_says(run, "id"))
        return REASON_REUSED_LOAD_BALANCER;
    return alibaba_says(run, "backend-label") ? REASON_BACKEND_LABEL : REASON_NONE;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    struct place *place =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ALIBABA_BACKEND_TYPE));

    (void)settings;
    (void)container;
    if (run_users_choice(run, place, NULL))
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    enum reason reason = unfit(run, place);

    return reason != REASON_NONE ? skipped(reason) : fill_string(run, place, NULL, SLICE("eni"));
}

const struct rule backend_type_rule = {
    .name = "backendType",
    .summary = "Attaches pods directly to a new Alibaba load balancer (Terway), so that it follows "
               "each pod's readiness.",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct backend_settings),
    .settings = fields,
    .scalar = "value",
    .apply = apply,
};
