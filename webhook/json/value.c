// Lookups and walks over a tape. They open lazy values. value_compare.c compares values.
#include "json/value.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "json/decode.h"

static const struct value absent = {NULL, 0};

static __attribute__((noinline)) uint32_t open_raw(struct value value)
{
    uint32_t opened = value.tape->nodes[value.node].opened;

    if (opened == 0 && tape_open(value.tape, value.node, NULL) != 0)
        return value.node;
    return value.tape->nodes[value.node].opened;
}

// Index of the node with the value's content. For a lazy value, this is not its own node.
static inline uint32_t content_of(struct value value)
{
    return value.tape->nodes[value.node].type == TAPE_RAW ? open_raw(value) : value.node;
}

struct value value_root(struct tape *tape)
{
    return tape->count > 1 ? (struct value){tape, 1} : absent;
}

enum tape_type value_type(struct value value)
{
    if (value.node == 0)
        return TAPE_NONE;
    // Opening may move the nodes. So get the index before the array.
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

struct value value_get_slice(struct value value, struct slice key)
{
    if (value.node == 0)
        return absent;
    uint32_t content = content_of(value);
    const struct tape *tape = value.tape;
    const struct tape_node *nodes = tape->nodes, *found = nodes;

    if (nodes[content].type != TAPE_OBJECT)
        return absent;
    const struct tape_node *end = &nodes[nodes[content].next];

    for (const struct tape_node *name = &nodes[content + 1]; name < end;
         name = &nodes[name[1].next]) {
        if (__builtin_expect(name->escaped, 0)
                ? decode_is(inside_of(tape, name), key)
                : name->end - name->start - 2 == key.size &&
                      bytes_equal(tape->bytes + name->start + 1, key.data, key.size))
            found = name + 1;
    }
    return found != nodes ? (struct value){value.tape, (uint32_t)(found - nodes)} : absent;
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
