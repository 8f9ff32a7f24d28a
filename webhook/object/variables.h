// The environment variables of a container, read from their bytes. The tape leaves a large `env`
// unread, and the API server writes most variables in one form, {"name":"A","value":"b"}: that form
// is read without opening the list.
#ifndef EVENKEEL_OBJECT_VARIABLES_H
#define EVENKEEL_OBJECT_VARIABLES_H

#include "json/value.h"

struct variable {
    struct slice name;
    struct slice value; // {NULL, 0} if it has none, as with valueFrom
};

// The bytes of a variable that was found plain: all of {"name":"A","value":"b"}.
static inline struct slice variable_raw(const struct variable *variable)
{
    const char *start = variable->name.data - strlen("{\"name\":\"");
    const char *end = variable->value.data + variable->value.size + strlen("\"}");

    return (struct slice){start, (size_t)(end - start)};
}

enum { VARIABLES_MAX = 256 }; // of one container that are looked at; further ones are passed over

// A container's variables, in the arena.
struct environment {
    struct variable *items;
    uint32_t count;
};

// Reads all variables of `env`, which may be absent. Their texts are decoded into `arena`, or
// borrowed from the bytes. There are none where memory is short: the arena remembers that.
void environment_read(struct environment *environment, struct value env, struct arena *arena);

// Where a walk is. All members belong to it.
struct variables {
    struct value list;
    struct arena *arena;
    const char *at; // the present item's first byte; NULL: nothing more is read from bytes
    const char *end;
    const char *escape; // the next backslash, or `end`; looked for again behind it
    uint32_t index;     // of the present item
    struct value item;  // the last one that was opened, if any
    uint32_t item_index;
};

// What a step of the walk found.
enum variables_step {
    VARIABLES_END,
    VARIABLES_PLAIN, // in the API server's form, without escapes
    VARIABLES_OTHER, // anything else: it was opened
};

// Begins a walk over `env`, which may be absent. Decoded texts go into `arena`.
struct variables variables_of(struct value env, struct arena *arena);

// Takes the next variable. With VARIABLES_PLAIN, `variable` has its texts, borrowed from the bytes;
// with VARIABLES_OTHER it is not set, and walk->item is the item.
enum variables_step variables_step(struct variables *walk, struct variable *variable);

#endif
