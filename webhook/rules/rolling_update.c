// rollingUpdate: new pods start first, and old ones stop only when those are ready. The two fields
// are one pair: the API refuses both at zero, and for a DaemonSet both above zero.
#include "policy/rule.h"
#include "rules/fill.h"
#include "run/guards.h"
#include "run/instance.h"
#include "run/surge.h"

enum {
    PODS_MAX = 100000,
    DAEMON_SURGE_MINOR = 22, // older servers drop a DaemonSet's maxSurge, which leaves 0 and 0
};

enum { MAX_SURGE, MAX_UNAVAILABLE };

struct rolling_settings {
    struct settings common;
    struct int_or_percent max_surge, max_unavailable;
};

static const struct field fields[] = {
    [MAX_SURGE] = {.key = "maxSurge",
                   .doc = "Pods above the wanted number, rounded up. 25% is the API's default.",
                   .type = FIELD_INT_OR_PERCENT,
                   .offset = offsetof(struct rolling_settings, max_surge),
                   .minimum = 0,
                   .maximum = PODS_MAX,
                   .fallback = "25%",
                   .annotation = "max-surge"},
    [MAX_UNAVAILABLE] = {.key = "maxUnavailable",
                         .doc = "Pods that may be missing, rounded down. 0, so that capacity never "
                                "falls during a rollout.",
                         .type = FIELD_INT_OR_PERCENT,
                         .offset = offsetof(struct rolling_settings, max_unavailable),
                         .minimum = 0,
                         .maximum = PODS_MAX,
                         .fallback = "0",
                         .annotation = "max-unavailable"},
    FIELDS_COMMON,
};

// The pair in one object: its places, who set it, and what evenkeel would write.
struct pair_state {
    struct place *surge, *unavailable;
    const char *surge_default, *unavailable_default;
    bool users_surge, users_unavailable;
    struct int_or_percent want_surge, want_unavailable;
};

static int check(const struct settings *settings, struct error *error)
{
    const struct rolling_settings *own = (const struct rolling_settings *)settings;

    if (own->max_surge.value == 0 && own->max_unavailable.value == 0)
        return error_set(error, "maxSurge and maxUnavailable cannot both be 0");
    return 0;
}

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct rolling_settings *own = (const struct rolling_settings *)settings;

    (void)facts;
    wishes->pair = true;
    wishes->max_surge = own->max_surge;
    wishes->max_unavailable = own->max_unavailable;
}

static enum reason strategy_unfit(const struct run *run)
{
    const struct facts *facts = &run->facts;
    bool daemon = facts->kind->flags & KIND_SURGE_EXCLUSIVE;

    if (!facts->surge_place || (daemon && run->policy->kubernetes_minor < DAEMON_SURGE_MINOR))
        return REASON_KIND_LACKS_FIELD;
    if (slice_is(facts->strategy_type, "Recreate"))
        return REASON_RECREATE;
    if (slice_is(facts->strategy_type, "OnDelete"))
        return REASON_ON_DELETE;
    return REASON_NONE;
}

static void read_pair(struct pair_state *pair, struct run *run, const struct rolling_settings *own)
{
    const struct kind *kind = run->facts.kind;

    *pair = (struct pair_state){
        .surge = plan_member(&run->plan, run->facts.surge_place, "maxSurge"),
        .unavailable = plan_member(&run->plan, run->facts.surge_place, "maxUnavailable"),
        .surge_default = kind->max_surge_default,
        .unavailable_default = kind->max_unavailable_default,
        .want_surge = own->max_surge,
        .want_unavailable = own->max_unavailable,
    };
    pair->users_surge = run_users_choice(run, pair->surge, pair->surge_default);
    pair->users_unavailable = run_users_choice(run, pair->unavailable, pair->unavailable_default);
    // A DaemonSet takes only one of the two. The surge loses no capacity.
    if (kind->flags & KIND_SURGE_EXCLUSIVE && pair->want_surge.value > 0)
        pair->want_unavailable = (struct int_or_percent){0, false};
}

// Whether the pair would become 0 and 0, with at least one of the two from evenkeel.
static bool is_zero_zero(const struct pair_state *pair, struct arena *arena)
{
    bool no_surge =
        pair->users_surge ? surge_is_zero(pair->surge->now, arena) : pair->want_surge.value == 0;
    bool none_missing = pair->users_unavailable ? surge_is_zero(pair->unavailable->now, arena)
                                                : pair->want_unavailable.value == 0;

    return no_surge && none_missing;
}

// Whether evenkeel itself would demand that no pod may ever be missing.
static bool demands_all_pods(const struct run *run, const struct pair_state *pair)
{
    if (pair->users_unavailable)
        return false;
    if (run->facts.kind->flags & KIND_SURGE_EXCLUSIVE)
        return pair->want_unavailable.value == 0;
    return surge_rounded_down(pair->want_unavailable, instance_replicas(run)) == 0;
}

// The guard that stops the pair from being written. A change of replicas alone does not change an
// earlier decision: a share of other replicas may round to another number.
static enum reason guarded(struct run *run, const struct pair_state *pair)
{
    bool ours = run_is_ours(run, pair->surge) || run_is_ours(run, pair->unavailable);

    if (run->budget.instance.only_scaled)
        return ours || pair->users_unavailable ? REASON_NONE : guards_surge(run);
    return demands_all_pods(run, pair) ? guards_surge(run) : REASON_NONE;
}

static struct finding withhold_pair(struct run *run, const struct pair_state *pair,
                                    enum reason reason)
{
    if (!pair->users_surge)
        run_withdraw(run, pair->surge);
    if (!pair->users_unavailable)
        run_withdraw(run, pair->unavailable);
    return skipped(reason);
}

static struct finding fill_pair(struct run *run, const struct pair_state *pair)
{
    struct finding surge =
        run_fill(run, pair->surge, pair->surge_default, surge_json(pair->want_surge, run->arena));
    struct finding unavailable = run_fill(run, pair->unavailable, pair->unavailable_default,
                                          surge_json(pair->want_unavailable, run->arena));

    return fill_combine(surge, unavailable);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    enum reason reason = strategy_unfit(run);
    struct pair_state pair;

    (void)container;
    if (reason != REASON_NONE)
        return skipped(reason);
    read_pair(&pair, run, (const struct rolling_settings *)settings);
    if (!pair.surge || !pair.unavailable)
        return skipped(REASON_OUT_OF_MEMORY);
    // A DaemonSet's pair is the user's as soon as they set one of the two.
    if (run->facts.kind->flags & KIND_SURGE_EXCLUSIVE &&
        pair.users_surge != pair.users_unavailable) {
        withhold_pair(run, &pair, REASON_USER_SET);
        return pair.users_surge
                   ? run_fill(run, pair.surge, pair.surge_default, SLICE("0"))
                   : run_fill(run, pair.unavailable, pair.unavailable_default, SLICE("0"));
    }
    if (pair.users_surge && pair.users_unavailable)
        return fill_pair(run, &pair);
    if (is_zero_zero(&pair, run->arena))
        return withhold_pair(run, &pair, REASON_ZERO_ZERO);
    reason = guarded(run, &pair);
    return reason != REASON_NONE ? withhold_pair(run, &pair, reason) : fill_pair(run, &pair);
}

const struct rule rolling_update_rule = {
    .name = "rollingUpdate",
    .summary = "Lets a rollout start new pods before it stops old ones, if a surge pod can start.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct rolling_settings),
    .settings = fields,
    .check = check,
    .wish = wish,
    .apply = apply,
};
