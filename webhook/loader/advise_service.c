// Warnings about load balancers: how a cloud's controller reads a policy's settings.
#include "loader/advising.h"

#include "balancer/keys.h"
#include "json/tape.h"
#include "json/value.h"

enum { TERWAY_SLEEP = 30 }; // seconds; a late look-up of a pod's interface takes most of them

// The rule `name` if `entry` names it and it applies, with its settings in room 0. Else NULL.
static const struct rule *rule_in_force(struct advising *advising, const struct entry *entry,
                                        const char *name, uint32_t *line)
{
    uint32_t index = advising_find_rule(advising->rules, name);

    if (index == advising->rules->count || !entry->settings[index] ||
        !advising_in_force(advising, entry, index, advising->room[0]))
        return NULL;
    *line = advising_line(entry->settings[index]);
    return advising->rules->items[index];
}

static void advise_network(struct advising *advising, const struct entry *entry, const char *name)
{
    uint32_t line;

    if (advising->policy->network != NETWORK_TERWAY && rule_in_force(advising, entry, name, &line))
        advising_warn(advising, line,
                      "%s does nothing because cluster.network is %s: ENI backends need terway",
                      name, network_names[advising->policy->network]);
}

static void advise_drain(struct advising *advising, const struct entry *entry)
{
    int32_t grace = advising->policy->grace_seconds, seconds;
    uint32_t line;
    const struct rule *rule = rule_in_force(advising, entry, "connectionDrain", &line);

    if (!rule)
        return;
    seconds = advising_integer(rule, advising->room[0], "timeoutSeconds", 0);
    if (seconds > 0 && seconds < grace)
        advising_warn(advising, line,
                      "connectionDrain cuts requests %d s after a pod's deletion, but the grace "
                      "period of %d s would let them finish: leave timeoutSeconds out",
                      (int)seconds, (int)grace);
    else if (seconds == 0 && grace > ALIBABA_DRAIN_MAX)
        advising_warn(advising, line,
                      "connectionDrain ends after %d s, the most that the load balancer allows, "
                      "but the policy's grace period is %d s",
                      (int)ALIBABA_DRAIN_MAX, (int)grace);
}

static const void *field_of(const struct advising *advising, const struct rule *rule,
                            const char *key)
{
    const struct field *field = advising_find_field(rule, key);

    return field ? (const char *)advising->room[0] + field->offset : NULL;
}

// A key that its controller cannot change on a live load balancer is never written there.
static void advise_live(struct advising *advising, uint32_t line, struct slice key)
{
    int shown = key.size < 100 ? (int)key.size : 100;

    if (balancer_immutable(key))
        advising_warn(advising, line,
                      "annotations: \"%.*s\" is written only into new Services, although live is "
                      "set: %s",
                      shown, key.data, balancer_immutable(key));
}

// An item's own `live` comes before the rule's. Keys have no escapes in the JSON of a policy.
static void advise_added(struct advising *advising, uint32_t line, struct slice add, bool live)
{
    struct tape tape = {0};

    if (add.size == 0 || tape_parse(&tape, add, TAPE_FULL, NULL) != 0)
        goto done;
    for (struct value item = value_first(value_root(&tape)); item.node; item = value_next(item)) {
        struct value own = value_get(item, "live");
        struct slice name = value_raw(value_get(item, "name"));

        if (name.size > 2 && (value_exists(own) ? value_is_true(own) : live))
            advise_live(advising, line, (struct slice){name.data + 1, name.size - 2});
    }
done:
    tape_clear(&tape);
}

// The rules that decide about such keys come after this one and ask what it writes.
static void advise_condition(struct advising *advising, const struct entry *entry, uint32_t line,
                             struct slice wanted)
{
    struct slice key = wanted, value;
    uint32_t other;

    slice_split(wanted, '=', &key, &value);
    const char *rule = balancer_rule(key);
    if (rule && rule_in_force(advising, entry, rule, &other))
        advising_warn(advising, line,
                      "annotations: when asks for \"%.*s\" before %s writes it: only a user's own "
                      "counts, and a second look may find another answer",
                      key.size < 100 ? (int)key.size : 100, key.data, rule);
}

static void advise_when(struct advising *advising, const struct entry *entry, uint32_t line,
                        struct value when)
{
    static const char *const lists[] = {"present", "absent"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct value list = value_get(when, lists[i]);

        for (struct value item = value_first(list); item.node; item = value_next(item)) {
            struct slice text = value_raw(item);
            if (text.size > 2)
                advise_condition(advising, entry, line,
                                 (struct slice){text.data + 1, text.size - 2});
        }
    }
}

// The conditions of the rule and of its items.
static void advise_conditions(struct advising *advising, const struct entry *entry, uint32_t line,
                              struct slice add, struct slice when)
{
    struct tape tape = {0};

    if (when.size > 0 && tape_parse(&tape, when, TAPE_FULL, NULL) == 0)
        advise_when(advising, entry, line, value_root(&tape));
    tape.count = 0;
    if (add.size > 0 && tape_parse(&tape, add, TAPE_FULL, NULL) == 0)
        for (struct value item = value_first(value_root(&tape)); item.node; item = value_next(item))
            advise_when(advising, entry, line, value_get(item, "when"));
    tape_clear(&tape);
}

// A policy for 0.1.0 wrote into every Service.
static void advise_annotations(struct advising *advising, const struct entry *entry)
{
    uint32_t line;
    const struct rule *rule = rule_in_force(advising, entry, "annotations", &line);
    const struct pairs *set = rule ? field_of(advising, rule, "set") : NULL;
    const struct slice *add = rule ? field_of(advising, rule, "add") : NULL;
    const bool *live = rule ? field_of(advising, rule, "live") : NULL;
    const struct slice *when = rule ? field_of(advising, rule, "when") : NULL;

    if (!set || !add || !live || !when)
        return;
    for (uint32_t i = 0; *live && i < set->count; i++)
        advise_live(advising, line, set->items[i].key);
    advise_added(advising, line, *add, *live);
    if (set->count > 0 && !advising_is_present(rule, advising->room[0], "live") &&
        !advising_is_present(rule, advising->room[0], "when"))
        advising_warn(
            advising, line,
            "annotations: set is written only into new Services of type LoadBalancer; for others, "
            "add live: true or when: {types: [...]}; either ends this warning");
    // The last look at the settings: the room is used again.
    advise_conditions(advising, entry, line, *add, *when);
}

void advise_service(struct advising *advising, const struct entry *entry)
{
    advise_network(advising, entry, "backendType");
    advise_network(advising, entry, "gracefulShutdown");
    advise_drain(advising, entry);
    advise_annotations(advising, entry);
}

static bool has_gate(struct advising *advising, const struct entry *entry)
{
    uint32_t index = advising_find_rule(advising->rules, "readinessGates");

    if (index == advising->rules->count ||
        !advising_in_force(advising, entry, index, advising->room[0]))
        return false;
    const struct rule *rule = advising->rules->items[index];
    const struct field *field = advising_find_field(rule, "conditionTypes");

    return field &&
           ((const struct slices *)((const char *)advising->room[0] + field->offset))->count > 0;
}

void advise_gate(struct advising *advising, const struct entry *entry)
{
    uint32_t line;
    const struct rule *rule = NULL;

    if (advising->policy->network == NETWORK_TERWAY)
        rule = rule_in_force(advising, entry, "preStop", &line);
    if (!rule || advising_is_present(rule, advising->room[0], "exec"))
        return;
    int32_t seconds = advising_integer(rule, advising->room[0], "sleepSeconds", TERWAY_SLEEP);

    if (seconds < TERWAY_SLEEP && !has_gate(advising, entry))
        advising_warn(advising, line,
                      "preStop sleeps %d s: on terway a load balancer may need %d s to attach a "
                      "new pod; sleep longer, or use a readiness gate",
                      (int)seconds, TERWAY_SLEEP);
}
