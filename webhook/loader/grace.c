// The longest hook, the longest buffer and so on of any entry, taken together. Which entries apply
// together is known only for one object, and a load balancer that waits too long harms nobody.
#include "loader/grace.h"

#include "base/arena.h"
#include "run/times.h"

struct longest {
    int32_t seconds, hook, buffer, maximum;
    bool grace, unbounded;
};

static int32_t longer(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static void add_wishes(struct longest *longest, const struct wishes *wishes)
{
    if (wishes->pre_stop)
        longest->hook = longer(longest->hook, wishes->pre_stop_seconds);
    if (!wishes->grace)
        return;
    longest->grace = true;
    longest->seconds = longer(longest->seconds, wishes->grace_seconds);
    longest->buffer = longer(longest->buffer, wishes->grace_buffer);
    longest->maximum = longer(longest->maximum, wishes->grace_maximum);
    longest->unbounded = longest->unbounded || wishes->grace_maximum == 0;
}

// The settings of one entry for a rule, merged into the rule's defaults, in `room`.
static void add_entry(struct longest *longest, const struct policy *policy,
                      const struct entry *entry, const struct rule *rule, uint32_t index,
                      struct settings *room)
{
    struct wishes wishes = {0};

    if (!entry->settings[index])
        return;
    memcpy(room, policy->defaults[index], rule->settings_size);
    settings_merge(rule->settings, room, entry->settings[index]);
    if (!room->enabled)
        return;
    rule->wish(room, NULL, &wishes);
    add_wishes(longest, &wishes);
}

static int add_rule(struct longest *longest, const struct policy *policy, const struct rules *rules,
                    const char *name)
{
    for (uint32_t index = 0; index < rules->count; index++) {
        const struct rule *rule = rules->items[index];

        if (!rule->wish || !slice_is(slice_of(name), rule->name))
            continue;
        struct settings *room = arena_alloc(policy->arena, rule->settings_size);

        if (!room)
            return -1;
        for (uint32_t i = 0; i < policy->workload_count; i++)
            add_entry(longest, policy, &policy->workloads[i], rule, index, room);
    }
    return 0;
}

int grace_work_out(struct policy *policy, const struct rules *rules)
{
    struct longest longest = {0};
    int64_t grace = API_GRACE_DEFAULT;

    if (add_rule(&longest, policy, rules, "preStop") < 0 ||
        add_rule(&longest, policy, rules, "terminationGracePeriodSeconds") < 0)
        return -1;
    if (longest.grace) {
        grace = longer(longest.seconds, longest.hook > 0 ? longest.hook + longest.buffer : 0);
        if (!longest.unbounded && grace > longest.maximum)
            grace = longest.maximum;
        if (grace < API_GRACE_DEFAULT)
            grace = API_GRACE_DEFAULT;
    }
    policy->grace_seconds = (int32_t)grace;
    policy->hook_seconds = longest.hook < grace ? longest.hook : (int32_t)grace;
    return 0;
}
