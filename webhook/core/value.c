// Lookups and walks over a tape, opening what was read lazily. Comparing is in value_compare.c.
#include "core/value.h"

#include "core/arena.h"
#include "core/decode.h"

static const struct value absent = {NULL, 0};

// Index of the node that holds the value's content: another than its own for a lazily read one.
static uint32_t content_of(struct value value)
{
    const struct tape_node *node = &value.tape->nodes[value.node];

    if (node->type != TAPE_RAW)
        return value.node;
    if (node->opened == 0 && tape_open(value.tape, value.node, NULL) != 0)
        return value.node;
    return value.tape->nodes[value.node].opened;
}

struct value value_root(struct tape *tape)
{
    return tape->count > 1 ? (struct value){tape, 1} : absent;
}

enum tape_type value_type(struct value value)
{
    if (value.node == 0)
        return TAPE_NONE;
    // Opening may move the nodes: first the index, then the array.
    uint32_t content = content_of(value);
    return (enum tape_type)value.tape->nodes[content].type;
}

bool value_exists(struct value value)
{
    return value_type(value) > TAPE_NULL;
}

// The bytes between a string's quotes.
static struct slice inside_of(const struct tape *tape, const struct tape_node *string)
{
    return (struct slice){tape->bytes + string->start + 1, string->end - string->start - 2};
}

static bool key_is(const struct tape *tape, const struct tape_node *key, struct slice name)
{
    if (__builtin_expect(key->escaped, 0))
        return decode_is(inside_of(tape, key), name);
    return key->end - key->start - 2 == name.size &&
           memcmp(tape->bytes + key->start + 1, name.data, name.size) == 0;
}

struct value value_get_slice(struct value value, struct slice key)
{
    uint32_t found = 0;

    if (value.node == 0)
        return absent;
    uint32_t content = content_of(value);
    const struct tape_node *nodes = value.tape->nodes;

    if (nodes[content].type != TAPE_OBJECT)
        return absent;
    if (!key.data)
        key.data = "";
    for (uint32_t at = content + 1; at < nodes[content].next; at = nodes[at + 1].next) {
        if (key_is(value.tape, &nodes[at], key))
            found = at + 1;
    }
    return found ? (struct value){value.tape, found} : absent;
}

struct value value_first(struct value value)
{
    enum tape_type type = value_type(value);

    if (type != TAPE_OBJECT && type != TAPE_ARRAY)
        return absent;
    uint32_t content = content_of(value);

    if (value.tape->nodes[content].next == content + 1)
        return absent;
    return (struct value){value.tape, content + 1 + (type == TAPE_OBJECT)};
}

struct value value_next(struct value value)
{
    if (value.node == 0)
        return absent;
    const struct tape_node *node = &value.tape->nodes[value.node];

    if (node->last || value.node == 1)
        return absent;
    return (struct value){value.tape, node->next + node->member};
}

struct value value_item(struct value array, uint32_t index)
{
    struct value item = value_type(array) == TAPE_ARRAY ? value_first(array) : absent;

    while (item.node != 0 && index-- > 0)
        item = value_next(item);
    return item;
}

uint32_t value_count(struct value value)
{
    uint32_t count = 0;

    for (struct value item = value_first(value); item.node != 0; item = value_next(item))
        count++;
    return count;
}

struct slice value_raw(struct value value)
{
    if (value.node == 0)
        return (struct slice){NULL, 0};
    const struct tape_node *node = &value.tape->nodes[value.node];

    return (struct slice){value.tape->bytes + node->start, node->end - node->start};
}

struct value value_key(struct value member)
{
    if (member.node == 0 || !member.tape->nodes[member.node].member)
        return absent;
    return (struct value){member.tape, member.node - 1};
}

bool value_is_slice(struct value value, struct slice text)
{
    if (value_type(value) != TAPE_STRING)
        return false;
    const struct tape_node *node = &value.tape->nodes[value.node];
    struct slice inside = inside_of(value.tape, node);

    return node->escaped ? decode_is(inside, text) : slice_equal(inside, text);
}

struct slice value_string(struct value value, struct arena *arena)
{
    if (value_type(value) != TAPE_STRING)
        return (struct slice){NULL, 0};
    const struct tape_node *node = &value.tape->nodes[value.node];
    struct slice inside = inside_of(value.tape, node);

    if (!node->escaped)
        return inside;
    char *out = arena_alloc(arena, inside.size);

    if (!out)
        return (struct slice){NULL, 0};
    return (struct slice){out, decode_into(inside, out)};
}

bool value_integer(struct value value, int64_t *out)
{
    return value_type(value) == TAPE_NUMBER &&
           slice_integer(value_raw(value), INT64_MIN, INT64_MAX, out);
}

bool value_is_true(struct value value)
{
    return value_type(value) == TAPE_TRUE;
}
