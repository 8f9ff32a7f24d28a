// Looks at what stands after the plan.
#include "object/limits.h"

static int64_t limits_number(struct slice json, int64_t fallback)
{
    int64_t number = fallback;
    slice_integer(json, 0, INT32_MAX, &number);
    return number;
}

// A sleep that evenkeel writes or removes fits by itself.
static int64_t limits_sleep(struct plan *plan, struct place *container)
{
    struct place *sleep = plan_path(plan, container, "lifecycle.preStop.sleep");
    if (sleep == NULL || plan_removes(sleep) || sleep->parent->action != ACTION_NONE)
        return 0;
    return limits_number(value_raw(value_get(sleep->now, "seconds")), 0);
}

static int64_t limits_longest_sleep(struct plan *plan, struct place *pod_spec)
{
    static const char *const lists[] = {"containers", "initContainers"};
    int64_t longest = 0;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct place *list = plan_member(plan, pod_spec, lists[i]);
        uint32_t index = 0;
        if (list == NULL)
            continue;
        for (struct value item = value_first(list->now); item.node; item = value_next(item)) {
            struct slice name = value_string(value_get(item, "name"), plan->arena);
            int64_t sleep = limits_sleep(plan, plan_item(plan, list, index++, name));
            longest = sleep > longest ? sleep : longest;
        }
    }
    return longest;
}

bool limits_hold(struct plan *plan, struct place *place, struct slice back)
{
    if (slice_is(place->key, "terminationGracePeriodSeconds"))
        return limits_longest_sleep(plan, place->parent) > limits_number(back, API_GRACE_DEFAULT);
    if (!slice_is(place->key, "progressDeadlineSeconds"))
        return false;
    struct place *ready = plan_member(plan, place->parent, "minReadySeconds");
    return ready != NULL && !plan_removes(ready) && ready->action == ACTION_NONE &&
           limits_number(value_raw(ready->now), 0) >= limits_number(back, API_DEADLINE_DEFAULT);
}
