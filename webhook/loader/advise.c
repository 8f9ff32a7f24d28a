// Each warning is a function of one entry and the settings that apply to it: the defaults, and over
// them every entry of its list that covers it.
#include "loader/advise.h"

#include <inttypes.h>

#include "base/arena.h"
#include "loader/advising.h"
#include "loader/problems.h"
#include "object/kinds.h"
#include "object/limits.h"
#include "release/steps.h"

static bool same_slices(const struct slices *a, const struct slices *b)
{
    bool same = a->count == b->count;

    for (uint32_t i = 0; same && i < a->count; i++)
        same = slice_equal(a->items[i], b->items[i]);
    return same;
}

static bool same_value(const struct field *a, const void *one, const struct field *b,
                       const void *other)
{
    const struct int_or_percent *share = one, *other_share = other;

    if (a->type != b->type)
        return false;
    switch (a->type) {
    case FIELD_BOOLEAN:
        return *(const bool *)one == *(const bool *)other;
    case FIELD_INTEGER:
    case FIELD_ENUM:
        return *(const int32_t *)one == *(const int32_t *)other;
    case FIELD_STRING:
    case FIELD_JSON:
        return slice_equal(*(const struct slice *)one, *(const struct slice *)other);
    case FIELD_INT_OR_PERCENT:
        return share->value == other_share->value && share->percent == other_share->percent;
    case FIELD_STRINGS:
        return same_slices(one, other);
    case FIELD_STRING_MAP:
        break;
    }
    return false;
}

// Whether two rules with the same keys ask the same, except for their modes and success thresholds.
static bool same_settings(const struct rule *rule, const struct settings *settings,
                          const struct rule *other_rule, const struct settings *other)
{
    for (const struct field *field = rule->settings; field->key; field++) {
        const struct field *twin = advising_find_field(other_rule, field->key);

        if (slice_is(slice_of(field->key), "mode") || slice_is(slice_of(field->key), "enabled") ||
            slice_is(slice_of(field->key), "successThreshold"))
            continue;
        if (!twin || !same_value(field, (const char *)settings + field->offset, twin,
                                 (const char *)other + twin->offset))
            return false;
    }
    return true;
}

static void advise_liveness(struct advising *advising, const struct entry *entry)
{
    const struct rules *rules = advising->rules;
    uint32_t liveness = advising_find_rule(rules, "livenessProbe");
    uint32_t readiness = advising_find_rule(rules, "readinessProbe");

    if (liveness == rules->count || readiness == rules->count || !entry->settings[liveness])
        return;
    if (advising_in_force(advising, entry, liveness, advising->room[0]) &&
        advising_in_force(advising, entry, readiness, advising->room[1]) &&
        same_settings(rules->items[liveness], advising->room[0], rules->items[readiness],
                      advising->room[1]))
        advising_warn(advising, advising_line(entry->settings[liveness]),
                      "livenessProbe asks the same as readinessProbe, as often: a busy pod is "
                      "restarted instead of getting fewer requests; raise its failureThreshold");
}

// What a preStop hook takes, in seconds.
static int32_t hook_seconds(const struct rule *rule, const struct settings *settings)
{
    return advising_is_present(rule, settings, "exec")
               ? advising_integer(rule, settings, "execSeconds", 0)
               : advising_integer(rule, settings, "sleepSeconds", 0);
}

static bool is_loopback(struct slice host)
{
    return slice_is(host, "localhost") || slice_is(host, "::1") || slice_starts_with(host, "127.");
}

// Whether the settings have this handler with a loopback address as its host.
static bool asks_loopback(struct advising *advising, const struct rule *rule,
                          const struct settings *settings, const char *key)
{
    const struct field *field = advising_find_field(rule, key);
    struct tape tape = {0};
    bool asks;

    if (!field || !advising_is_present(rule, settings, key))
        return false;
    const struct slice *json = (const struct slice *)((const char *)settings + field->offset);
    asks = tape_parse(&tape, *json, TAPE_FULL, NULL) == 0 &&
           is_loopback(value_string(value_get(value_root(&tape), "host"), advising->policy->arena));
    tape_clear(&tape);
    return asks;
}

// The kubelet asks from the node, where the pod's loopback address is another.
static void advise_hosts(struct advising *advising, const struct entry *entry)
{
    static const char *const probes[] = {"readinessProbe", "livenessProbe", "startupProbe"};

    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        uint32_t rule = advising_find_rule(advising->rules, probes[i]);

        if (rule == advising->rules->count || !entry->settings[rule])
            continue;
        const struct rule *probe = advising->rules->items[rule];
        if (asks_loopback(advising, probe, entry->settings[rule], "httpGet") ||
            asks_loopback(advising, probe, entry->settings[rule], "tcpSocket"))
            advising_warn(advising, advising_line(entry->settings[rule]),
                          "%s asks the node's loopback address, not the pod's: leave host out, "
                          "unless all of these pods use the node's network",
                          probes[i]);
    }
}

// A probe that may take as long as the API's progress deadline is left out of Deployments.
static void advise_deadline(struct advising *advising, const struct entry *entry)
{
    static const char *const probes[] = {"readinessProbe", "startupProbe"};
    uint32_t deadline = advising_find_rule(advising->rules, "progressDeadlineSeconds");

    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        uint32_t rule = advising_find_rule(advising->rules, probes[i]);

        if (rule == advising->rules->count || deadline == advising->rules->count ||
            !entry->settings[rule] ||
            !advising_in_force(advising, entry, rule, advising->room[0]) ||
            advising_in_force(advising, entry, deadline, advising->room[1]))
            continue;
        const struct rule *probe = advising->rules->items[rule];
        int64_t tries = (int64_t)advising_integer(probe, advising->room[0], "failureThreshold", 3) +
                        advising_integer(probe, advising->room[0], "successThreshold", 1) - 1;
        int64_t seconds = tries * advising_integer(probe, advising->room[0], "periodSeconds", 10);
        if (seconds >= API_DEADLINE_DEFAULT)
            advising_warn(advising, advising_line(entry->settings[rule]),
                          "%s may take %" PRId64
                          " s to pass, and no progressDeadlineSeconds raises "
                          "the API's %d s: Deployments get none",
                          probes[i], seconds, API_DEADLINE_DEFAULT);
    }
}

// In a StatefulSet each pod waits for the one before it, and a rollback waits for the broken one.
static void advise_stateful_sets(struct advising *advising, const struct entry *entry)
{
    uint32_t rule = advising_find_rule(advising->rules, "readinessProbe");
    uint32_t sets = 1u << (kind_named(SLICE("StatefulSet")) - kinds_table);

    if (rule < advising->rules->count && entry->settings[rule] &&
        (entry->match.kinds == 0 || entry->match.kinds & sets) &&
        advising_in_force(advising, entry, rule, advising->room[0]))
        advising_warn(
            advising, advising_line(entry->settings[rule]),
            "readinessProbe for StatefulSets: a probe that never passes stops the rollout until "
            "somebody deletes the pod; leave StatefulSets out, or name those that serve");
}

static void advise_grace(struct advising *advising, const struct entry *entry)
{
    const struct rules *rules = advising->rules;
    uint32_t hook = advising_find_rule(rules, "preStop");
    uint32_t grace = advising_find_rule(rules, "terminationGracePeriodSeconds");
    int32_t seconds;

    if (hook == rules->count || grace == rules->count || !entry->settings[hook] ||
        !advising_in_force(advising, entry, hook, advising->room[0]))
        return;
    seconds = hook_seconds(rules->items[hook], advising->room[0]);
    if (!advising_in_force(advising, entry, grace, advising->room[1])) {
        if (seconds > API_GRACE_DEFAULT / 2)
            advising_warn(advising, advising_line(entry->settings[hook]),
                          "preStop takes %d s of the grace period, and no "
                          "terminationGracePeriodSeconds raises that above the API's %d s",
                          (int)seconds, API_GRACE_DEFAULT);
        return;
    }
    if (advising_integer(rules->items[grace], advising->room[1], "bufferSeconds", 1) == 0 &&
        advising_integer(rules->items[grace], advising->room[1], "seconds", 0) <= seconds)
        advising_warn(
            advising, advising_line(entry->settings[hook]),
            "preStop takes the whole grace period: with bufferSeconds 0 the application is killed "
            "as soon as the hook ends");
}

// The number of steps before the first one that is all pods. STEPS_MAX if the list goes on after
// it.
static uint32_t steps_before_all(const struct steps *steps)
{
    for (uint32_t i = 0; i < steps->count; i++)
        if (steps->items[i].percent && steps->items[i].value == 100)
            return i + 1 < steps->count ? STEPS_MAX : i;
    return steps->count;
}

static const char *doubt_steps(const struct advising *advising, const struct steps *steps,
                               bool approvers)
{
    if (steps->count == 0)
        return approvers ? "approvers does nothing without steps" : NULL;
    if (advising->policy->on_update == ON_UPDATE_NEVER)
        return "batches holds nothing with onUpdate: never";
    switch (steps_before_all(steps)) {
    case 0:
        return "batches holds nothing: its only step is 100%";
    case 1:
        return "batches has one step before 100%: once it is approved, all other pods follow";
    case STEPS_MAX:
        return "batches has steps after 100%, which is the last step";
    default:
        return NULL;
    }
}

// An approval checks whether the held pods are ready. Without a probe they are ready as soon as
// they run.
static void advise_batches_probe(struct advising *advising, const struct entry *entry,
                                 uint32_t batches)
{
    uint32_t probe = advising_find_rule(advising->rules, "readinessProbe");

    if (probe < advising->rules->count &&
        !advising_in_force(advising, entry, probe, advising->room[1]))
        advising_warn(advising, advising_line(entry->settings[batches]),
                      "batches without readinessProbe: held pods of a container without a probe "
                      "count as ready as soon as they run, so an approval checks nothing");
}

static void advise_steps(struct advising *advising, const struct entry *entry)
{
    uint32_t rule = advising_find_rule(advising->rules, "batches");
    struct steps steps;

    if (rule == advising->rules->count || !entry->settings[rule] ||
        !advising_in_force(advising, entry, rule, advising->room[0]))
        return;
    const struct field *words = advising_find_field(advising->rules->items[rule], "steps");
    const struct field *approvers = advising_find_field(advising->rules->items[rule], "approvers");
    if (!words || !approvers)
        return;
    const char *settings = (const char *)advising->room[0];
    const struct slices *list = (const struct slices *)(settings + words->offset);
    const struct slices *who = (const struct slices *)(settings + approvers->offset);
    if (steps_parse(&steps, *list, NULL) < 0)
        return;
    const char *doubt = doubt_steps(advising, &steps, who->count > 0);
    if (doubt)
        advising_warn(advising, advising_line(entry->settings[rule]), "%s", doubt);
    else if (steps.count > 0)
        advise_batches_probe(advising, entry, rule);
}

// Whether `later` gives field `index` too, or one that excludes it.
static bool overrides(const struct rule *rule, const struct settings *later, uint32_t index)
{
    const struct field *fields = rule->settings;

    for (uint32_t i = 0; fields[i].key; i++)
        if ((later->present >> i & 1) &&
            (i == index || (fields[i].oneof && fields[i].oneof == fields[index].oneof)))
            return true;
    return false;
}

static bool overrides_all(const struct rules *rules, const struct entry *entry,
                          const struct entry *later)
{
    bool any = false;

    for (uint32_t i = 0; i < rules->count; i++) {
        const struct settings *settings = entry->settings[i];

        if (!settings)
            continue;
        any = true;
        if (!later->settings[i])
            return false;
        for (uint32_t bit = 0; rules->items[i]->settings[bit].key; bit++)
            if ((settings->present >> bit & 1) &&
                !overrides(rules->items[i], later->settings[i], bit))
                return false;
    }
    return any;
}

static void advise_match(struct advising *advising, const struct entry *entry)
{
    const struct entry *end = advising->entries + advising->count;

    if (cover_nothing(&advising->cover, &entry->match)) {
        advising_warn(advising, entry->line,
                      "the entry can never apply: its own exclusions or labels leave no object");
        return;
    }
    for (const struct entry *later = entry + 1; later < end; later++) {
        if (!overrides_all(advising->rules, entry, later) ||
            !cover_match(&advising->cover, &later->match, &entry->match))
            continue;
        advising_warn(
            advising, entry->line,
            "the entry has no effect: the entry in line %u overrides everything that it sets",
            later->line);
        return;
    }
}

static int make_room(struct advising *advising)
{
    size_t size = sizeof(struct settings);

    for (uint32_t i = 0; i < advising->rules->count; i++)
        if (advising->rules->items[i]->settings_size > size)
            size = advising->rules->items[i]->settings_size;
    advising->room[0] = arena_alloc(advising->policy->arena, size);
    advising->room[1] = arena_alloc(advising->policy->arena, size);
    return advising->room[0] && advising->room[1] ? 0 : -1;
}

int advise(const struct policy *policy, const struct rules *rules, struct slice yaml,
           struct problems *problems)
{
    struct advising advising = {
        .policy = policy, .rules = rules, .yaml = yaml, .problems = problems};

    if (make_room(&advising) < 0)
        return -1;
    advising.entries = policy->workloads;
    advising.count = policy->workload_count;
    for (uint32_t i = 0; i < advising.count; i++) {
        advise_match(&advising, &advising.entries[i]);
        advise_liveness(&advising, &advising.entries[i]);
        advise_hosts(&advising, &advising.entries[i]);
        advise_deadline(&advising, &advising.entries[i]);
        advise_stateful_sets(&advising, &advising.entries[i]);
        advise_grace(&advising, &advising.entries[i]);
        advise_steps(&advising, &advising.entries[i]);
        advise_gate(&advising, &advising.entries[i]);
    }
    advising.entries = policy->services;
    advising.count = policy->service_count;
    for (uint32_t i = 0; i < advising.count; i++) {
        advise_match(&advising, &advising.entries[i]);
        advise_service(&advising, &advising.entries[i]);
    }
    return 0;
}
