// externalTrafficPolicy: whether traffic may hop between nodes. Set on new Services only, because
// it changes which source addresses the pods see.
#include "policy/rule.h"
#include "rules/alibaba.h"
#include "rules/fill.h"

enum { VALUE_LOCAL, VALUE_CLUSTER };
static const char *const value_names[] = {"Local", "Cluster", NULL};

enum { VALUE };

struct traffic_settings {
    struct settings common;
    int value;
};

static const struct field fields[] = {
    [VALUE] = {.key = "value",
               .doc = "Local keeps source addresses and needs pods on the nodes that get traffic; "
                      "Cluster is the API's own. It must be given.",
               .type = FIELD_ENUM,
               .offset = offsetof(struct traffic_settings, value),
               .fallback = "Cluster",
               .values = value_names},
    FIELDS_COMMON,
};

// An entry may also only switch the rule off or to another mode.
static int check(const struct settings *settings, struct error *error)
{
    if (settings->present == 0)
        return error_set(error, "value: say Local or Cluster");
    return 0;
}

static bool is_external(const struct facts *facts)
{
    struct value type = value_get(facts->spec, "type");

    return value_is(type, "LoadBalancer") || value_is(type, "NodePort");
}

static enum reason unfit(struct run *run, struct place *place, struct slice json)
{
    struct place *backend =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ALIBABA_BACKEND_TYPE));

    if (!is_external(&run->facts))
        return REASON_NOT_LOAD_BALANCER;
    if (!run->facts.create && !slice_equal(run_value_after(place), json))
        return REASON_LIVE_SERVICE;
    return slice_is(run_value_after(backend), "\"eni\"") ? REASON_ENI_BACKEND : REASON_NONE;
}

// With Local, only a weighted balancer sends each node its share by the pods that it has. Another
// scheduler stands, the policy's own too.
static void fill_scheduler(struct run *run)
{
    struct place *place =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ALIBABA_PREFIX "scheduler"));

    if (alibaba_unfit(run) == REASON_NONE && !alibaba_annotation(run, "scheduler").data)
        fill_string(run, place, NULL, SLICE("wrr"));
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct traffic_settings *own = (const struct traffic_settings *)settings;
    bool local = own->value == VALUE_LOCAL;
    struct slice json = local ? SLICE("\"Local\"") : SLICE("\"Cluster\"");
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "externalTrafficPolicy");

    (void)container;
    if (run_users_choice(run, place, "\"Cluster\""))
        return run_fill(run, place, "\"Cluster\"", json);
    enum reason reason = unfit(run, place, json);

    if (reason != REASON_NONE)
        return skipped(reason);
    if (local)
        fill_scheduler(run);
    return run_fill(run, place, "\"Cluster\"", json);
}

const struct rule external_traffic_policy_rule = {
    .name = "externalTrafficPolicy",
    .summary = "Keeps traffic of new Services on the node that got it, or spreads it, as the "
               "network needs.",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct traffic_settings),
    .settings = fields,
    .scalar = "value",
    .check = check,
    .apply = apply,
};
