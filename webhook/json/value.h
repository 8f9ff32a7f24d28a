// Looks at values on a tape. Every function also takes the absent value, so lookups can be chained:
// value_get(value_get(object, "spec"), "replicas").
#ifndef EVENKEEL_JSON_VALUE_H
#define EVENKEEL_JSON_VALUE_H

#include "json/tape.h"

struct arena;

struct value {
    struct tape *tape;
    uint32_t node; // 0: absent
};

// Returns the whole text's value. Absent for an empty tape.
struct value value_root(struct tape *tape);

// Returns the value's type. Opens a lazy value first. TAPE_NONE for the absent value, TAPE_NULL for
// a lazy value that is not JSON.
enum tape_type value_type(struct value value);

// True if the value is neither absent nor null. The API treats the two alike.
bool value_exists(struct value value);

// Returns an object's member. If several have that name, it is the last one, as in Go's decoders. A
// member whose value is null is returned as null. Absent when there is none or `value` is not an
// object. Keys are compared decoded.
struct value value_get_slice(struct value value, struct slice key);

// Inline, so that the compiler computes a literal's length, and that a chain ends without a call
// where a value is absent.
static inline struct value value_get(struct value value, const char *key)
{
    return value.node != 0 ? value_get_slice(value, slice_of(key)) : value;
}

// Walks an object's members or an array's items in order of appearance:
//     for (struct value item = value_first(list); item.node; item = value_next(item))
// For an object, each step gives a member's value, and value_key() gives its key. All duplicate
// members are visited.
struct value value_first(struct value value);
struct value value_next(struct value value);

// Returns the member's key as a string value. Its raw bytes have the quotes and escapes. Absent for
// an array's item. Do not call value_next() on a key, because a key is not a member.
struct value value_key(struct value member);

// The number of items or members, with duplicates. 0 for anything else.
uint32_t value_count(struct value value);

// Returns the item at `index`, counted from 0. Absent past the end.
struct value value_item(struct value array, uint32_t index);

// Returns the value's own bytes, or {NULL, 0} for the absent value. They are valid as long as the
// tape's text. It opens no lazy value, so bytes that TAPE_LAZY left unread are unchecked.
struct slice value_raw(struct value value);

// Whether it is a string that decodes to exactly `text`.
bool value_is_slice(struct value value, struct slice text);

static inline bool value_is(struct value value, const char *text)
{
    return value_is_slice(value, slice_of(text));
}

// Whether it is a string that has a backslash. It opens no lazy value.
static inline bool value_is_escaped(struct value value)
{
    return value.node != 0 && value.tape->nodes[value.node].escaped;
}

// Returns a string decoded: borrowed from the text if it has no escapes, else a copy in `arena`.
// {NULL, 0} when it is not a string or memory is short. A lone surrogate becomes U+FFFD, as in Go.
// NULs are kept.
struct slice value_string(struct value value, struct arena *arena);

// Reads an integer that has no fraction or exponent and fits int64. False for anything else, with
// `out` unchanged.
bool value_integer(struct value value, int64_t *out);

bool value_is_true(struct value value);

enum { VALUE_STEPS_MAX = 4 * 1024 * 1024 };

// Whether two values mean the same. Members may be in any order, strings are compared decoded, and
// numbers as raw text. Absent equals only absent. If a key has duplicate members, the last one
// counts. TAPE_DEPTH_MAX limits the depth. The cost for two objects is the product of their numbers
// of members. After VALUE_STEPS_MAX keys (a long key counts as several) the answer is false, so no
// text can keep the caller busy.
bool value_equal(struct value a, struct value b);

// The same, but compares the raw bytes first, because most equal values are written the same way.
static inline bool value_same(struct value a, struct value b)
{
    return slice_equal(value_raw(a), value_raw(b)) || value_equal(a, b);
}

// Whether `whole` contains everything in `part`. Each member of an object in `part` must be in
// `whole` and match by the same rule. Arrays must have the same length and match item by item.
// Other values must be equal. It has the limits of value_equal().
bool value_subset(struct value part, struct value whole);

// The same for a caller that asks many times. All its calls together look at VALUE_STEPS_MAX keys,
// counted in `steps`, which starts at 0. After that the answer is false.
bool value_subset_within(struct value part, struct value whole, uint32_t *steps);

#endif
