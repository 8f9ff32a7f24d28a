// Compares two values by their meaning. It reads numbers as text, so 1 and 1.0 differ.
#include "json/decode.h"
#include "json/value.h"

enum { KEY_STEP = 16, RAW_STEP = 256 };

struct comparison {
    bool subset; // the first value only has to be part of the second
    // The cost so far: keys looked at, their bytes in units of KEY_STEP, and raw bytes compared in
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

// The member of `object` that counts for `key`, a string value. Absent when there is none.
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

// Whether each member that counts in `part` matches the one with its name in `whole`.
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

// Whether the members of both have the same order, as members do that one encoder wrote.
static bool in_step(struct comparison *comparison, struct value a, struct value b)
{
    struct value first = value_first(a), second = value_first(b);

    for (; first.node != 0 && second.node != 0;
         first = value_next(first), second = value_next(second)) {
        comparison->steps += 1 + (uint32_t)(value_raw(value_key(first)).size / KEY_STEP);
        if (!strings_equal(value_key(first), value_key(second)))
            return false;
    }
    return first.node == 0 && second.node == 0;
}

// Whether a member with the same name follows, so that this one does not count.
static bool is_repeated(struct comparison *comparison, struct value member)
{
    for (struct value at = value_next(member); at.node != 0; at = value_next(at)) {
        comparison->steps++;
        if (strings_equal(value_key(at), value_key(member)))
            return true;
    }
    return false;
}

// Whether each member of `a` matches the one at the same place in `b`, if both have the same order.
// A member that does not match, and does not count, sets `unclear`.
static bool members_hold_in_step(struct comparison *comparison, struct value a, struct value b,
                                 bool *unclear)
{
    struct value first = value_first(a), second = value_first(b);

    for (; first.node != 0; first = value_next(first), second = value_next(second)) {
        if (compare(comparison, first, second))
            continue;
        *unclear = is_repeated(comparison, first);
        return false;
    }
    return true;
}

static bool objects_hold(struct comparison *comparison, struct value a, struct value b)
{
    bool unclear = true;

    if (!comparison->subset && in_step(comparison, a, b) &&
        members_hold_in_step(comparison, a, b, &unclear))
        return true;
    return unclear && members_hold(comparison, a, b) &&
           (comparison->subset || names_hold(comparison, b, a));
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

// The same bytes have the same meaning. It compares them at each level, because most values that
// differ do so in one small part. The bytes are counted as cost, because text may be deeply nested.
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
    if (comparison->steps > VALUE_STEPS_MAX)
        return false;
    if (same_bytes(comparison, a, b))
        return true;
    // Not earlier, because asking for the type reads an unread value.
    enum tape_type type = value_type(a);

    if (type != value_type(b))
        return false;
    switch (type) {
    case TAPE_NUMBER:
        return false;
    case TAPE_STRING:
        return strings_equal(a, b);
    case TAPE_ARRAY:
        return items_hold(comparison, a, b);
    case TAPE_OBJECT:
        return objects_hold(comparison, a, b);
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
