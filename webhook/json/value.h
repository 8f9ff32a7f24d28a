// Looking at values on a tape. Every function takes the absent value too, so that lookups chain:
// value_get(value_get(object, "spec"), "replicas").
#ifndef EVENKEEL_JSON_VALUE_H
#define EVENKEEL_JSON_VALUE_H

#include "json/tape.h"

struct arena;

struct value {
    struct tape *tape;
    uint32_t node; // 0: absent
};

// The whole text's value; absent for an empty tape.
struct value value_root(struct tape *tape);

// Its type, opening a lazily read value first. TAPE_NONE for the absent value, TAPE_NULL for a
// lazily read value that turns out to be no JSON.
enum tape_type value_type(struct value value);

// Neither absent nor null: the API treats the two alike.
bool value_exists(struct value value);

// An object's member, the last one of that name as Go's decoders have it; a member whose value is
// null is given as such. Absent when there is none or `value` is no object. Keys are compared
// decoded.
struct value value_get_slice(struct value value, struct slice key);

// Inline, so that the compiler counts a literal's bytes.
static inline struct value value_get(struct value value, const char *key)
{
    return value_get_slice(value, slice_of(key));
}

// Walks an object's members or an array's items in order of appearance:
//     for (struct value item = value_first(list); item.node; item = value_next(item))
// For an object, each is a member's value, and value_key() its key. Duplicate members are all
// visited.
struct value value_first(struct value value);
struct value value_next(struct value value);

// The member's key as a string value, whose raw bytes have its quotes and escapes; absent for an
// array's item. A key is no member itself: do not step on from it with value_next().
struct value value_key(struct value member);

// Number of items or members (duplicates counted); 0 for anything else.
uint32_t value_count(struct value value);

// The item at `index` from 0; absent past the end.
struct value value_item(struct value array, uint32_t index);

// The value's own bytes; {NULL, 0} for the absent one. Valid as long as the tape's text. It opens
// nothing, so bytes that TAPE_LAZY left unread are given unchecked.
struct slice value_raw(struct value value);

// Whether it is a string that decodes to exactly `text`.
bool value_is_slice(struct value value, struct slice text);

static inline bool value_is(struct value value, const char *text)
{
    return value_is_slice(value, slice_of(text));
}

// A string decoded: borrowed from the text where nothing is escaped, else a copy in `arena`. {NULL,
// 0} when it is no string or memory is short. A lone surrogate decodes to U+FFFD, as Go has it.
// NULs stay.
struct slice value_string(struct value value, struct arena *arena);

// An integer without fraction or exponent within int64. False when it is anything else; `out` is
// untouched then.
bool value_integer(struct value value, int64_t *out);

bool value_is_true(struct value value);

enum { VALUE_STEPS_MAX = 4 * 1024 * 1024 };

// Whether two values mean the same: members in any order, strings decoded, numbers compared as raw
// text. Absent equals absent only. Of duplicate members the last counts. Depth is bounded by
// TAPE_DEPTH_MAX. Two objects cost the product of their members' numbers: past VALUE_STEPS_MAX keys
// looked at (a long key counts as several) the answer is false, so that no text can keep the caller
// busy.
bool value_equal(struct value a, struct value b);

// The same, by the raw bytes first: most values that mean the same are written the same.
static inline bool value_same(struct value a, struct value b)
{
    return slice_equal(value_raw(a), value_raw(b)) || value_equal(a, b);
}

// Whether all that `part` says stands in `whole`: each member of an object in `part` is in `whole`
// and holds by the same rule, arrays have the same length and hold item by item, other values are
// equal. Bounded as value_equal() is.
bool value_subset(struct value part, struct value whole);

// The same for a caller that asks many times: all its calls together look at VALUE_STEPS_MAX keys,
// counted in `steps`, which starts at 0. Past them the answer is false.
bool value_subset_within(struct value part, struct value whole, uint32_t *steps);

#endif
