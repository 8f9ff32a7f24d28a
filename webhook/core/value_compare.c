// Comparing two values by what they mean. It reads numbers as text: 1 and 1.0 differ here.
#include "core/decode.h"
#include "core/value.h"

enum { KEY_STEP = 16, RAW_STEP = 256 };

struct comparison {
    bool subset; // the first value need only be part of the second
    // Keys looked at so far, their bytes in units of KEY_STEP, and bytes compared as they stand in
    // units of RAW_STEP.
    uint32_t steps;
};

static bool compare(struct comparison *comparison, struct value a, struct value b);

static bool strings_equal(struct value a, struct value b)
{
    struct slice first = value_raw(a), second = value_raw(b);

    if (!a.tape->nodes[a.node].escaped && !b.tape->nodes[b.node].escaped)
        return slice_equal(first, second);
    first = (struct slice){first.data + 1, first.size - 2};
    second = (struct slice){second.data + 1, second.size - 2};
    return decode_equal(first, second);
}

// The member that counts in `object` under `key`, a string value; absent when there is none.
static struct value find(struct comparison *comparison, struct value object, struct value key)
{
    struct value found = {NULL, 0};
    uint32_t cost = 1 + (uint32_t)(value_raw(key).size / KEY_STEP);

    for (struct value at = value_first(object); at.node != 0; at = value_next(at)) {
        if (comparison->steps > VALUE_STEPS_MAX)
            break;
        comparison->steps += cost;
        if (strings_equal(value_key(at), key))
            found = at;
    }
    return found;
}

// Whether each member that counts in `part` holds against the one of its name in `whole`.
static bool members_hold(struct comparison *comparison, struct value part, struct value whole)
{
    for (struct value member = value_first(part); member.node != 0; member = value_next(member)) {
        struct value key = value_key(member);
        struct value other = find(comparison, whole, key);

        if (other.node == 0 || comparison->steps > VALUE_STEPS_MAX)
            return false;
        if (find(comparison, part, key).node == member.node && !compare(comparison, member, other))
            return false;
    }
    return true;
}

static bool names_hold(struct comparison *comparison, struct value part, struct value whole)
{
    for (struct value member = value_first(part); member.node != 0; member = value_next(member)) {
        if (find(comparison, whole, value_key(member)).node == 0)
            return false;
    }
    return true;
}

static bool items_hold(struct comparison *comparison, struct value a, struct value b)
{
    struct value first = value_first(a), second = value_first(b);

    while (first.node != 0 && second.node != 0) {
        if (!compare(comparison, first, second))
            return false;
        first = value_next(first);
        second = value_next(second);
    }
    return first.node == 0 && second.node == 0;
}

// Same bytes, same meaning. At each level, as most of what differs does so in one small part; paid
// for, as text may be nested deep.
static bool same_bytes(struct comparison *comparison, struct value a, struct value b)
{
    struct slice first = value_raw(a), second = value_raw(b);

    if (first.size != second.size)
        return false;
    comparison->steps += (uint32_t)(first.size / RAW_STEP);
    return slice_equal(first, second);
}

static bool compare(struct comparison *comparison, struct value a, struct value b)
{
    enum tape_type type = value_type(a);

    // The types are asked for first because bytes left unread may be no JSON.
    if (type != value_type(b) || comparison->steps > VALUE_STEPS_MAX)
        return false;
    if (same_bytes(comparison, a, b))
        return true;
    switch (type) {
    case TAPE_NUMBER:
        return false;
    case TAPE_STRING:
        return strings_equal(a, b);
    case TAPE_ARRAY:
        return items_hold(comparison, a, b);
    case TAPE_OBJECT:
        return members_hold(comparison, a, b) &&
               (comparison->subset || names_hold(comparison, b, a));
    default:
        return true;
    }
}

static bool compare_whole(struct value a, struct value b, bool subset, uint32_t *steps)
{
    struct comparison comparison = {.subset = subset, .steps = *steps};
    bool holds = compare(&comparison, a, b) && comparison.steps <= VALUE_STEPS_MAX;

    *steps = comparison.steps;
    return holds;
}

bool value_equal(struct value a, struct value b)
{
    return compare_whole(a, b, false, &(uint32_t){0});
}

bool value_subset(struct value part, struct value whole)
{
    return compare_whole(part, whole, true, &(uint32_t){0});
}

bool value_subset_within(struct value part, struct value whole, uint32_t *steps)
{
    return compare_whole(part, whole, true, steps);
}
