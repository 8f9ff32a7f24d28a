// The one pass over a review's bytes, without recursion: an open container's `next` holds its
// parent's index until it closes. It decodes nothing and keeps nothing but offsets.
#include "core/tape.h"

#include <stdlib.h>

#include "core/tape_scan.h"

enum { CAPACITY_MIN = 1024, END = -1 };

_Static_assert(sizeof(struct tape_node) == 16, "a node is 16 bytes");
_Static_assert(TAPE_NODES_MAX <= 1 << 22, "an index fits into tape_node.opened");

enum laziness { LAZY_NOTHING, LAZY_FIELDS, LAZY_FIELDS_AND_OLD_OBJECT };

// All helpers that take one are inlined and nothing keeps its address, so that it lives in
// registers.
struct reader {
    const uint8_t *begin; // of the whole text
    const uint8_t *at;
    const uint8_t *end; // of what is read
    struct tape *tape;
    struct tape_node *nodes; // the tape's own fields, at hand
    uint32_t count;
    uint32_t capacity;
    uint32_t parent;  // open container; 0: none
    uint32_t shallow; // the last "oldObject": what it holds is left unread; 0: none
    uint32_t depth;
    uint32_t current; // the value just finished
    bool in_object;   // the open container is an object
    enum laziness laziness;
    const char *problem;
};

// Doubles the room for nodes. False when there may be no more, or memory is short.
static __attribute__((noinline)) bool tape_grow(struct tape *tape)
{
    uint32_t capacity = tape->capacity ? tape->capacity * 2 : CAPACITY_MIN;
    struct tape_node *nodes;

    if (tape->capacity >= TAPE_NODES_MAX)
        return false;
    if (capacity > TAPE_NODES_MAX)
        capacity = TAPE_NODES_MAX;
    nodes = realloc(tape->nodes, capacity * sizeof(*nodes));
    if (!nodes)
        return false;
    tape->nodes = nodes;
    tape->capacity = capacity;
    return true;
}

TAPE_INLINE bool refuse(struct reader *reader, const char *problem)
{
    reader->problem = reader->at == reader->end ? scan_truncated : problem;
    return false;
}

TAPE_INLINE uint32_t offset(const struct reader *reader)
{
    return (uint32_t)(reader->at - reader->begin);
}

TAPE_INLINE bool add_node(struct reader *reader, struct tape_node node)
{
    if (reader->count == reader->capacity) {
        if (!tape_grow(reader->tape)) {
            reader->problem =
                reader->capacity >= TAPE_NODES_MAX ? "too many values" : "out of memory";
            return false;
        }
        reader->nodes = reader->tape->nodes;
        reader->capacity = reader->tape->capacity;
    }
    reader->nodes[reader->count++] = node;
    return true;
}

// The next byte that is no white space; END when there is none.
TAPE_INLINE int next_byte(struct reader *reader)
{
    for (; reader->at < reader->end; reader->at++) {
        uint8_t byte = *reader->at;

        if (byte > ' ' || (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t'))
            return byte;
    }
    return END;
}

// A value without children, from `start` to where the reader stands.
TAPE_INLINE bool add_leaf(struct reader *reader, uint32_t start, enum tape_type type, bool escaped,
                          bool member)
{
    reader->current = reader->count;
    return add_node(reader, (struct tape_node){.start = start,
                                               .end = offset(reader),
                                               .next = reader->count + 1,
                                               .type = type,
                                               .escaped = escaped,
                                               .member = member});
}

TAPE_INLINE bool read_string(struct reader *reader, bool member)
{
    uint32_t start = offset(reader);
    const uint8_t *quote = scan_plain(reader->at + 1, reader->end);
    bool escaped = false;

    if (__builtin_expect(quote == reader->end || *quote != '"', 0)) {
        struct scan scan = scan_string(quote, reader->end);

        if (scan.problem) {
            reader->at = scan.at;
            reader->problem = scan.problem;
            return false;
        }
        quote = scan.at;
        escaped = scan.escaped;
    }
    reader->at = quote + 1;
    return add_leaf(reader, start, TAPE_STRING, escaped, member);
}

TAPE_INLINE bool string_is(const struct reader *reader, uint32_t node, const char *quoted,
                           size_t size)
{
    const struct tape_node *string = &reader->nodes[node];

    return string->end - string->start == size &&
           memcmp(reader->begin + string->start, quoted, size) == 0;
}

// Written with its quotes, so that one comparison suffices.
#define STRING_IS(reader, node, quoted) string_is(reader, node, quoted, sizeof(quoted) - 1)

// The key of the member whose value starts here. Asked where that is an object or an array, not
// for each of them.
TAPE_INLINE uint32_t key_node(const struct reader *reader)
{
    return reader->count - 1;
}

// Whether what starts here, an object or array that is a member's value, is left unread.
TAPE_INLINE bool is_left_unread(const struct reader *reader)
{
    if (reader->laziness == LAZY_NOTHING)
        return false;
    return reader->parent == reader->shallow ||
           (STRING_IS(reader, key_node(reader), "\"fieldsV1\"") &&
            !reader->nodes[reader->parent].apply);
}

TAPE_INLINE bool read_key(struct reader *reader)
{
    if (next_byte(reader) != '"')
        return refuse(reader, "expected a member's name in quotes");
    if (!read_string(reader, false))
        return false;
    if (next_byte(reader) != ':')
        return refuse(reader, "expected a colon");
    reader->at++;
    return true;
}

static __attribute__((noinline)) size_t literal_size(const uint8_t *at, const uint8_t *end,
                                                     const char *literal)
{
    size_t size = strlen(literal);

    return (size_t)(end - at) >= size && memcmp(at, literal, size) == 0 ? size : 0;
}

TAPE_INLINE bool read_literal(struct reader *reader, const char *literal, enum tape_type type)
{
    uint32_t start = offset(reader);
    size_t size = literal_size(reader->at, reader->end, literal);

    if (size == 0)
        return refuse(reader, "expected a value");
    reader->at += size;
    return add_leaf(reader, start, type, false, reader->in_object);
}

TAPE_INLINE bool read_number(struct reader *reader)
{
    uint32_t start = offset(reader);
    struct scan scan;

    if (*reader->at != '-' && (*reader->at < '0' || *reader->at > '9'))
        return refuse(reader, "expected a value");
    scan = scan_number(reader->at, reader->end);
    reader->at = scan.at;
    reader->problem = scan.problem;
    return !scan.problem && add_leaf(reader, start, TAPE_NUMBER, false, reader->in_object);
}

TAPE_INLINE bool leave_unread(struct reader *reader)
{
    uint32_t start = offset(reader);
    struct scan scan = scan_balanced(reader->at, reader->end, TAPE_DEPTH_MAX - reader->depth);

    reader->at = scan.at;
    reader->problem = scan.problem;
    return !scan.problem && add_leaf(reader, start, TAPE_RAW, false, true);
}

// Enters the array or object that starts here, or reads it whole when it is empty.
TAPE_INLINE bool open_container(struct reader *reader, enum tape_type type)
{
    bool object = type == TAPE_OBJECT;
    uint32_t index = reader->count;
    struct tape_node node = {
        .start = offset(reader), .next = reader->parent, .type = type, .member = reader->in_object};

    if (reader->in_object && is_left_unread(reader))
        return leave_unread(reader);
    if (reader->depth == TAPE_DEPTH_MAX)
        return refuse(reader, balance_too_deep);
    reader->at++;
    if (next_byte(reader) == (object ? '}' : ']')) {
        reader->at++;
        return add_leaf(reader, node.start, type, false, reader->in_object);
    }
    bool shallow = object && reader->in_object && reader->laziness == LAZY_FIELDS_AND_OLD_OBJECT &&
                   STRING_IS(reader, key_node(reader), "\"oldObject\"");
    if (!add_node(reader, node))
        return false;
    if (shallow)
        reader->shallow = index;
    reader->depth++;
    reader->parent = index;
    reader->in_object = object;
    return true;
}

TAPE_INLINE bool read_string_value(struct reader *reader)
{
    if (!read_string(reader, reader->in_object))
        return false;
    if (reader->in_object && STRING_IS(reader, reader->current, "\"Apply\"") &&
        reader->laziness != LAZY_NOTHING && STRING_IS(reader, reader->current - 1, "\"operation\""))
        reader->nodes[reader->parent].apply = 1;
    return true;
}

TAPE_INLINE bool read_value(struct reader *reader)
{
    switch (next_byte(reader)) {
    case END:
        return refuse(reader, NULL);
    case '"':
        return read_string_value(reader);
    case '{':
        return open_container(reader, TAPE_OBJECT);
    case '[':
        return open_container(reader, TAPE_ARRAY);
    case 't':
        return read_literal(reader, "true", TAPE_TRUE);
    case 'f':
        return read_literal(reader, "false", TAPE_FALSE);
    case 'n':
        return read_literal(reader, "null", TAPE_NULL);
    default:
        return read_number(reader);
    }
}

TAPE_INLINE void close_container(struct reader *reader)
{
    struct tape_node *node = &reader->nodes[reader->parent];

    reader->nodes[reader->current].last = 1;
    reader->current = reader->parent;
    reader->parent = node->next;
    reader->in_object = reader->nodes[reader->parent].type == TAPE_OBJECT;
    reader->depth--;
    node->next = reader->count;
    node->end = offset(reader);
}

// Behind a value: steps over a comma, or closes containers until there is one or none is open.
TAPE_INLINE bool read_behind(struct reader *reader)
{
    while (reader->parent != 0) {
        int byte = next_byte(reader);

        if (byte == ',') {
            reader->at++;
            return true;
        }
        if (byte != (reader->in_object ? '}' : ']'))
            return refuse(reader, reader->in_object ? "expected a comma or a closing brace"
                                                    : "expected a comma or a closing bracket");
        reader->at++;
        close_container(reader);
    }
    return true;
}

// Reads one value with all that it holds. The nodes' first one (TAPE_NONE) stands in as its parent.
TAPE_INLINE bool read_tree(struct reader *reader)
{
    do {
        uint32_t depth = reader->depth;

        if (reader->in_object && !read_key(reader))
            return false;
        if (!read_value(reader))
            return false;
        if (reader->depth == depth && !read_behind(reader))
            return false;
    } while (reader->parent != 0);
    return true;
}

static int report(const struct tape *tape, uint32_t at, const char *problem, struct error *error)
{
    uint32_t line = 1, column = 1;

    for (uint32_t i = 0; i < at; i++) {
        bool newline = tape->bytes[i] == '\n';

        line += newline;
        column = newline ? 1 : column + 1;
    }
    return error_set_at(error, line, column, "JSON: %s", problem);
}

// Appends what stands in bytes [start, end) of the tape's text to its nodes.
static int tape_read(struct tape *tape, uint32_t start, uint32_t end, enum laziness laziness,
                     struct error *error)
{
    const uint8_t *bytes = (const uint8_t *)tape->bytes;
    struct reader reader = {.begin = bytes,
                            .at = bytes + start,
                            .end = bytes + end,
                            .tape = tape,
                            .nodes = tape->nodes,
                            .count = tape->count,
                            .capacity = tape->capacity,
                            .laziness = laziness};

    if (read_tree(&reader)) {
        if (next_byte(&reader) == END) {
            tape->count = reader.count;
            return 0;
        }
        reader.problem = "expected nothing behind the value";
    }
    return report(tape, offset(&reader), reader.problem, error);
}

int tape_parse(struct tape *tape, struct slice text, enum tape_mode mode, struct error *error)
{
    enum laziness laziness = mode == TAPE_LAZY ? LAZY_FIELDS_AND_OLD_OBJECT : LAZY_NOTHING;

    tape->count = 0;
    if (text.size > UINT32_MAX)
        return error_set(error, "JSON: the text has 4 GiB or more");
    if (!tape->nodes && !tape_grow(tape))
        return error_set(error, "JSON: out of memory");
    tape->bytes = text.data ? text.data : "";
    tape->size = text.size;
    tape->nodes[0] = (struct tape_node){.type = TAPE_NONE};
    tape->count = 1;
    if (tape_read(tape, 0, (uint32_t)text.size, laziness, error) == 0)
        return 0;
    tape->count = 0;
    return -1;
}

int tape_open(struct tape *tape, uint32_t index, struct error *error)
{
    struct tape_node raw = tape->nodes[index];
    uint32_t opened = tape->count;
    enum laziness laziness = LAZY_FIELDS;

    if (raw.type != TAPE_RAW || raw.opened != 0)
        return 0;
    // Less is left unread at each step, so that no byte is read more than thrice.
    const char *key = tape->bytes + tape->nodes[index - 1].start;

    if (strncmp(key, "\"fieldsV1\"", strlen("\"fieldsV1\"")) == 0)
        laziness = LAZY_NOTHING;
    if (tape_read(tape, raw.start, raw.end, laziness, error) != 0) {
        tape->nodes[index].type = TAPE_NULL;
        return -1;
    }
    tape->nodes[index].opened = opened;
    return 0;
}

void tape_clear(struct tape *tape)
{
    free(tape->nodes);
    *tape = (struct tape){0};
}
