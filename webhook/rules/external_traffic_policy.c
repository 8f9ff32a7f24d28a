// externalTrafficPolicy: whether traffic may hop between nodes. It is set only on new Services,
// because it changes which source addresses the pods see. If the policy is Local in the end, a
// classic load balancer also gets a scheduler that uses weights, whoever chose Local.
#include "balancer/alibaba.h"
#include "policy/rule.h"
#include "rules/fill.h"

enum { VALUE_LOCAL, VALUE_CLUSTER };
static const char *const value_names[] = {"Local", "Cluster", NULL};

enum { VALUE };

struct traffic_settings {
    struct settings common;
    int value;
    struct slices types; // none: LoadBalancer
};

static const struct field fields[] = {
    [VALUE] = {.key = "value",
               .doc = "Local keeps source addresses, and needs pods on the nodes that get traffic. "
                      "Cluster is the API's default. Required.",
               .type = FIELD_ENUM,
               .offset = offsetof(struct traffic_settings, value),
               .fallback = "Cluster",
               .values = value_names},
    {.key = "types",
     .doc = "Types of Services: LoadBalancer, NodePort. Left out: LoadBalancer. On a NodePort "
            "Service, Local closes the port of every node without a pod.",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct traffic_settings, types)},
    FIELDS_COMMON,
};

// An entry may also only switch the rule off or to another mode.
static int check(const struct settings *settings, struct error *error)
{
    const struct slices *types = &((const struct traffic_settings *)settings)->types;

    for (uint32_t i = 0; i < types->count; i++)
        if (!slice_is(types->items[i], "LoadBalancer") && !slice_is(types->items[i], "NodePort"))
            return error_set(error, "types: expected LoadBalancer or NodePort");
    if (settings->present == 0)
        return error_set(error, "value: say Local or Cluster");
    return 0;
}

static bool has_type(const struct facts *facts, const struct slices *types)
{
    struct value type = value_get(facts->spec, "type");

    for (uint32_t i = 0; i < types->count; i++)
        if (value_is_slice(type, types->items[i]))
            return true;
    return types->count == 0 && value_is(type, "LoadBalancer");
}

static enum reason unfit(struct run *run, const struct slices *types, struct place *place,
                         struct slice json)
{
    if (!has_type(&run->facts, types))
        return REASON_NOT_LOAD_BALANCER;
    if (!alibaba_is_new(&run->facts) && !slice_equal(run_value_after(place), json))
        return REASON_LIVE_SERVICE;
    return alibaba_is_eni(run) ? REASON_ENI_BACKEND : REASON_NONE;
}

// With Local, nodes have different numbers of pods, and only weights give each pod its share.
static void weigh_nodes(struct run *run, const struct place *place, bool wanted)
{
    bool local = wanted || slice_is(run_value_after(place), "\"Local\"");

    if (local && alibaba_unfit(run) == REASON_NONE && !alibaba_is_eni(run) &&
        !alibaba_keeps_listeners(run))
        alibaba_weigh(run);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct traffic_settings *own = (const struct traffic_settings *)settings;
    struct slice json = own->value == VALUE_LOCAL ? SLICE("\"Local\"") : SLICE("\"Cluster\"");
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "externalTrafficPolicy");
    bool users = run_users_choice(run, place, "\"Cluster\"");
    enum reason reason = users ? REASON_NONE : unfit(run, &own->types, place, json);

    (void)container;
    weigh_nodes(run, place, !users && reason == REASON_NONE && own->value == VALUE_LOCAL);
    if (reason != REASON_NONE)
        return skipped(reason);
    return run_fill(run, place, "\"Cluster\"", json);
}

const struct rule external_traffic_policy_rule = {
    .name = "externalTrafficPolicy",
    .summary = "Sets whether traffic of new Services stays on the node that got it (Local) or is "
               "spread over all (Cluster).",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct traffic_settings),
    .settings = fields,
    .scalar = "value",
    .check = check,
    .apply = apply,
};
