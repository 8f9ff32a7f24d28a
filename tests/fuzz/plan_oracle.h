// Makes a plan's edits in jansson's tree, place by place: another way than by the patch that is
// written from the same plan, so that the two can be compared.
#ifndef EVENKEEL_TESTS_PLAN_ORACLE_H
#define EVENKEEL_TESTS_PLAN_ORACLE_H

#include <jansson.h>

#include "plan/plan.h"

static inline bool plan_oracle_has_edits(const struct place *place)
{
    bool found = place->action != ACTION_NONE;

    for (const struct place *child = place->first_child; child; child = child->next_sibling)
        found = found || plan_oracle_has_edits(child);
    return found;
}

static inline json_t *plan_oracle_get(json_t *parent, const struct place *place)
{
    return place->index < 0 ? json_object_getn(parent, place->key.data, place->key.size)
                            : json_array_get(parent, (size_t)place->index);
}

// Takes `value`.
static inline bool plan_oracle_put(json_t *parent, const struct place *place, json_t *value)
{
    return (place->index < 0 ? json_object_setn_new(parent, place->key.data, place->key.size, value)
                             : json_array_set_new(parent, (size_t)place->index, value)) == 0;
}

// Makes the edits at and below the children of `place`, which stands for `value`. False: a value
// that they need is not there, or of another type.
static inline bool plan_oracle_apply(json_t *value, const struct place *place)
{
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        json_t *below = plan_oracle_get(value, child);

        if (!plan_oracle_has_edits(child))
            continue;
        if (child->action == ACTION_SET) {
            below = json_loadb(child->json.data, child->json.size, JSON_ALLOW_NUL | JSON_DECODE_ANY,
                               NULL);
            if (!plan_oracle_put(value, child, below))
                return false;
            continue;
        }
        if (child->action == ACTION_REMOVE) {
            if (json_object_deln(value, child->key.data, child->key.size) != 0)
                return false;
            continue;
        }
        if ((!below || json_is_null(below)) && !plan_oracle_put(value, child, json_object()))
            return false;
        if (!plan_oracle_apply(plan_oracle_get(value, child), child))
            return false;
    }
    return true;
}

#endif
