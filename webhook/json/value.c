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

// An object with escapes in its keys.
static __attribute__((noinline)) struct value get_decoded(struct value object, struct slice key)
{
    const struct tape_node *nodes = object.tape->nodes;
    uint32_t found = 0;

    for (uint32_t at = object.node + 1; at < nodes[object.node].next; at = nodes[at + 1].next) {
        struct slice inside = inside_of(object.tape, &nodes[at]);

        if (nodes[at].escaped ? decode_is(inside, key) : slice_equal(inside, key))
            found = at + 1;
    }
    return found != 0 ? (struct value){object.tape, found} : absent;
}

static __attribute__((noinline)) struct value get_unread(struct value value, struct slice key)
{
    uint32_t content = open_raw(value);

    return content != value.node ? value_get_slice((struct value){value.tape, content}, key)
                                 : absent;
}

// bytes_equal() without a call, for the loop below.
static inline bool key_equal(const char *a, const char *b, size_t size)
{
    uint64_t left, right;

    for (; size > 16; size -= 8, a += 8, b += 8) {
        memcpy(&left, a, 8);
        memcpy(&right, b, 8);
        if (left != right)
            return false;
    }
    return bytes_equal(a, b, size);
}

// Most of what a review costs beside its parsing is spent here. So the loop makes no call, and its
// values stay in registers.
struct value value_get_slice(struct value value, struct slice key)
{
    if (value.node == 0)
        return absent;
    const struct tape_node *nodes = value.tape->nodes, *found = NULL;
    const struct tape_node *object = &nodes[value.node], *end = &nodes[object->next];
    const char *bytes = value.tape->bytes + 1; // behind the quote
    size_t quoted = key.size + 2;

    if (__builtin_expect(object->type != TAPE_OBJECT, 0))
        return object->type == TAPE_RAW ? get_unread(value, key) : absent;
    for (const struct tape_node *name = object + 1; name < end; name = &nodes[name[1].next]) {
        if (__builtin_expect(name->escaped, 0))
            return get_decoded(value, key);
        if (name->end - name->start == quoted && key_equal(bytes + name->start, key.data, key.size))
            found = name + 1;
    }
    return found != NULL ? (struct value){value.tape, (uint32_t)(found - nodes)} : absent;
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
