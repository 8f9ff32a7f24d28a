// Bytes are compared as the API server writes them. What differs is left to the tape, so a wrong
// guess here costs time and nothing else.
#include "object/variables.h"

#include "base/arena.h"

#define NAME "{\"name\":\""
#define VALUE "\",\"value\":\""

struct variables variables_of(struct value env, struct arena *arena)
{
    struct slice raw = value_raw(env);
    struct variables walk = {.list = env, .arena = arena};

    if (raw.size > 2 && raw.data[0] == '[') {
        walk.at = raw.data + 1;
        walk.end = raw.data + raw.size;
    }
    return walk;
}

// The end of a string: its quote, or NULL if there is an escape before it, or none.
static const char *string_end(struct variables *walk, const char *at)
{
    const char *quote = memchr(at, '"', (size_t)(walk->end - at));

    if (walk->escape < at) {
        walk->escape = memchr(at, '\\', (size_t)(walk->end - at));
        walk->escape = walk->escape ? walk->escape : walk->end;
    }
    return quote != NULL && quote < walk->escape ? quote : NULL;
}

static inline bool begins(const char *at, const char *end, const char *text, size_t size)
{
    return (size_t)(end - at) >= size && memcmp(at, text, size) == 0;
}

// Reads {"name":"A","value":"b"} at walk->at. Its end, or NULL.
static const char *read_plain(struct variables *walk, struct variable *variable)
{
    const char *end = walk->end, *name = walk->at + strlen(NAME), *value, *stop;

    if (!begins(walk->at, end, NAME, strlen(NAME)) || (stop = string_end(walk, name)) == NULL ||
        !begins(stop, end, VALUE, strlen(VALUE)))
        return NULL;
    variable->name = (struct slice){name, (size_t)(stop - name)};
    value = stop + strlen(VALUE);
    if ((stop = string_end(walk, value)) == NULL || end - stop < 3 || stop[1] != '}')
        return NULL;
    variable->value = (struct slice){value, (size_t)(stop - value)};
    return stop + 2;
}

// Goes behind an item that ends at `stop`. What follows may be no list that the API server wrote.
static void pass(struct variables *walk, const char *stop)
{
    walk->index++;
    if (*stop == ',')
        walk->at = stop + 1;
    else if (*stop == ']' && stop + 1 == walk->end)
        walk->at = walk->end;
    else
        walk->at = NULL;
}

// Opens the present item.
static bool open_item(struct variables *walk)
{
    if (walk->item.node == 0 && walk->item_index == 0)
        walk->item = value_first(walk->list);
    for (; walk->item.node != 0 && walk->item_index < walk->index; walk->item_index++)
        walk->item = value_next(walk->item);
    return walk->item.node != 0;
}

enum variables_step variables_step(struct variables *walk, struct variable *variable)
{
    const char *stop = NULL;
    struct slice raw;

    if (walk->at != NULL && walk->at == walk->end)
        return VARIABLES_END;
    if (walk->at != NULL && (stop = read_plain(walk, variable)) != NULL) {
        pass(walk, stop);
        return VARIABLES_PLAIN;
    }
    if (!open_item(walk))
        return VARIABLES_END;
    raw = value_raw(walk->item);
    if (walk->at != NULL && raw.data == walk->at)
        pass(walk, raw.data + raw.size);
    else {
        walk->at = NULL;
        walk->index++;
    }
    return VARIABLES_OTHER;
}

void environment_read(struct environment *environment, struct value env, struct arena *arena)
{
    struct variables walk = variables_of(env, arena);
    enum variables_step step;

    *environment = (struct environment){NULL, 0};
    if (value_raw(env).size == 0)
        return;
    environment->items = arena_alloc_bytes(arena, VARIABLES_MAX * sizeof(*environment->items));
    while (environment->items != NULL && environment->count < VARIABLES_MAX) {
        struct variable *variable = &environment->items[environment->count];

        step = variables_step(&walk, variable);
        if (step == VARIABLES_END)
            return;
        if (step == VARIABLES_OTHER) {
            variable->name = value_string(value_get(walk.item, "name"), arena);
            variable->value = value_string(value_get(walk.item, "value"), arena);
        }
        environment->count++;
    }
}
