// Reads one value and all values inside it in one pass, without recursion: an open container's
// `next` has its parent's index until it closes. It decodes nothing and keeps only offsets. Only
// tape.c includes this.
#ifndef EVENKEEL_JSON_TAPE_READER_H
#define EVENKEEL_JSON_TAPE_READER_H

#include <stdlib.h>

#include "json/tape.h"
#include "json/tape_balance.h"
#include "json/tape_scan.h"

enum {
    CAPACITY_MIN = 1024,
    END = -1,
    STEPPED_MIN = 1024, // bytes of an array that is worth comparing a later one with
};

_Static_assert(sizeof(struct tape_node) == 16, "a node is 16 bytes");
_Static_assert(TAPE_NODES_MAX <= 1 << 22, "an index fits into tape_node.opened");

enum laziness { LAZY_NOTHING, LAZY_BULK, LAZY_BULK_AND_OLD_OBJECT };

// The result of reading a value.
enum step { STEP_FAILED, STEP_OPENED, STEP_DONE };

// It lives in registers: all helpers that take one are inlined, and nothing keeps its address.
struct reader {
    const uint8_t *bytes; // of the whole text
    size_t at;
    size_t end; // of the part that is read
    struct tape *tape;
    struct tape_node *nodes; // copies of the tape's own fields
    uint32_t count;
    uint32_t capacity;
    uint32_t parent;  // open container; 0: none
    uint32_t shallow; // the last "oldObject": what it holds is left unread; 0: none
    uint32_t depth;
    bool in_object; // the open container is an object
    enum laziness laziness;
    const char *problem;
};

// Doubles the room for nodes. False at the limit of nodes, or when memory is short.
static __attribute__((noinline)) bool tape_grow(struct tape *tape)
{
    uint32_t capacity = tape->capacity ? tape->capacity * 2 : CAPACITY_MIN;
    struct tape_node *nodes = NULL;

    if (capacity > TAPE_NODES_MAX)
        capacity = TAPE_NODES_MAX;
    if (tape->capacity < TAPE_NODES_MAX)
        nodes = realloc(tape->nodes, capacity * sizeof(*nodes));
    if (!nodes) {
        tape->was_short = true;
        return false;
    }
    tape->nodes = nodes;
    tape->capacity = capacity;
    return true;
}

TAPE_INLINE bool refuse(struct reader *reader, const char *problem)
{
    reader->problem = reader->at == reader->end ? scan_truncated : problem;
    return false;
}

TAPE_INLINE bool add_node(struct reader *reader, struct tape_node node)
{
    if (__builtin_expect(reader->count == reader->capacity, 0)) {
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

// Adds a value without children, from `start` to the reader's place.
TAPE_INLINE bool add_leaf(struct reader *reader, size_t start, enum tape_type type, bool member)
{
    return add_node(reader, (struct tape_node){.start = (uint32_t)start,
                                               .end = (uint32_t)reader->at,
                                               .next = reader->count + 1,
                                               .type = type,
                                               .member = member});
}

// Returns the next byte that is not white space. END when there is none.
TAPE_INLINE int next_byte(struct reader *reader)
{
    for (; reader->at < reader->end; reader->at++) {
        uint8_t byte = reader->bytes[reader->at];

        if (byte > ' ' || (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t'))
            return byte;
    }
    return END;
}

// Steps over `byte` if it comes next without white space before it.
TAPE_INLINE bool step_over(struct reader *reader, uint8_t byte)
{
    bool comes = reader->at < reader->end && reader->bytes[reader->at] == byte;

    reader->at += comes;
    return __builtin_expect(comes, 1);
}

TAPE_INLINE bool read_string(struct reader *reader, bool member)
{
    size_t start = reader->at;
    bool escaped = false;

    reader->at = scan_plain(reader->bytes, start + 1, reader->end);
    if (__builtin_expect(reader->at == reader->end || reader->bytes[reader->at] != '"', 0)) {
        struct scan scan = scan_string(reader->bytes, reader->at, reader->end);

        reader->at = scan.at;
        reader->problem = scan.problem;
        if (scan.problem)
            return false;
        escaped = scan.escaped;
    }
    reader->at++;
    if (!add_leaf(reader, start, TAPE_STRING, member))
        return false;
    if (__builtin_expect(escaped, 0))
        reader->nodes[reader->count - 1].escaped = 1;
    return true;
}

TAPE_INLINE bool read_key(struct reader *reader)
{
    if (next_byte(reader) != '"')
        return refuse(reader, "expected a member's name in quotes");
    if (!read_string(reader, false))
        return false;
    if (step_over(reader, ':'))
        return true;
    if (next_byte(reader) != ':')
        return refuse(reader, "expected a colon");
    reader->at++;
    return true;
}

TAPE_INLINE bool string_is(const uint8_t *bytes, const struct tape_node *string, const char *quoted,
                           size_t size)
{
    return string->end - string->start == size && memcmp(bytes + string->start, quoted, size) == 0;
}

// With its quotes, so that one comparison is enough.
#define STRING_IS(bytes, string, quoted) string_is(bytes, string, quoted, sizeof(quoted) - 1)

// The members that TAPE_LAZY leaves unread wherever they are.
TAPE_INLINE bool is_bulk(const uint8_t *bytes, const struct tape_node *key)
{
    return STRING_IS(bytes, key, "\"fieldsV1\"") || STRING_IS(bytes, key, "\"env\"") ||
           STRING_IS(bytes, key, "\"volumeMounts\"") || STRING_IS(bytes, key, "\"status\"");
}

TAPE_INLINE bool read_literal(struct reader *reader, const char *literal, enum tape_type type,
                              bool member)
{
    size_t start = reader->at, size = strlen(literal);

    if (reader->end - start < size || memcmp(reader->bytes + start, literal, size) != 0)
        return refuse(reader, "expected a value");
    reader->at += size;
    return add_leaf(reader, start, type, member);
}

TAPE_INLINE bool read_number(struct reader *reader, bool member)
{
    size_t start = reader->at;
    uint8_t first = reader->bytes[start];
    struct scan scan;

    if (first != '-' && (first < '0' || first > '9'))
        return refuse(reader, "expected a value");
    scan = scan_number(reader->bytes, start, reader->end);
    reader->at = scan.at;
    reader->problem = scan.problem;
    return !scan.problem && add_leaf(reader, start, TAPE_NUMBER, member);
}

// Whether the object or array that starts here, a member's value, is left unread. The last node is
// its key. The key is checked here, and not when each key is read.
TAPE_INLINE bool is_left_unread(const struct reader *reader)
{
    if (reader->laziness == LAZY_NOTHING)
        return false;
    return reader->parent == reader->shallow ||
           is_bulk(reader->bytes, &reader->nodes[reader->count - 1]);
}

// Steps over the array or object at `start`, at most `depth_max` deep. An old object's list of
// variables is mostly the new one's, byte for byte. Equal bytes end where those ended.
static __attribute__((noinline)) struct scan step_over_value(struct tape *tape, size_t start,
                                                             size_t end, uint32_t depth_max)
{
    const uint8_t *bytes = (const uint8_t *)tape->bytes;
    struct tape_stepped *last = &tape->stepped;
    size_t size = last->end - last->start;
    struct scan scan;

    if (size > 0 && size <= end - start && last->depth_max <= depth_max &&
        memcmp(bytes + start, bytes + last->start, size) == 0)
        return (struct scan){start + size, NULL, false};
    scan = scan_balanced(bytes, start, end, depth_max);
    if (scan.problem == NULL && bytes[start] == '[' && scan.at - start >= STEPPED_MIN)
        *last = (struct tape_stepped){(uint32_t)start, (uint32_t)scan.at, depth_max};
    return scan;
}

TAPE_INLINE bool leave_unread(struct reader *reader)
{
    size_t start = reader->at;
    struct scan scan =
        step_over_value(reader->tape, start, reader->end, TAPE_DEPTH_MAX - reader->depth);

    reader->at = scan.at;
    reader->problem = scan.problem;
    return !scan.problem && add_leaf(reader, start, TAPE_RAW, true);
}

TAPE_INLINE enum step done(bool good)
{
    return good ? STEP_DONE : STEP_FAILED;
}

// Enters the array or object that starts here. If it is empty, reads it whole.
TAPE_INLINE enum step open_container(struct reader *reader, enum tape_type type, bool member)
{
    bool object = type == TAPE_OBJECT;
    uint32_t index = reader->count;
    struct tape_node node = {
        .start = (uint32_t)reader->at, .next = reader->parent, .type = type, .member = member};

    if (member && is_left_unread(reader))
        return done(leave_unread(reader));
    if (reader->depth == TAPE_DEPTH_MAX)
        return done(refuse(reader, balance_too_deep));
    reader->at++;
    if (next_byte(reader) == (object ? '}' : ']')) {
        reader->at++;
        return done(add_leaf(reader, node.start, type, member));
    }
    bool shallow = object && member && reader->laziness == LAZY_BULK_AND_OLD_OBJECT &&
                   STRING_IS(reader->bytes, &reader->nodes[index - 1], "\"oldObject\"");
    if (!add_node(reader, node))
        return STEP_FAILED;
    if (shallow)
        reader->shallow = index;
    reader->depth++;
    reader->parent = index;
    reader->in_object = object;
    return STEP_OPENED;
}

TAPE_INLINE enum step read_value(struct reader *reader, bool member)
{
    switch (next_byte(reader)) {
    case END:
        return done(refuse(reader, NULL));
    case '"':
        return done(read_string(reader, member));
    case '{':
        return open_container(reader, TAPE_OBJECT, member);
    case '[':
        return open_container(reader, TAPE_ARRAY, member);
    case 't':
        return done(read_literal(reader, "true", TAPE_TRUE, member));
    case 'f':
        return done(read_literal(reader, "false", TAPE_FALSE, member));
    case 'n':
        return done(read_literal(reader, "null", TAPE_NULL, member));
    default:
        return done(read_number(reader, member));
    }
}

// Closes the open container. `last` is its last value.
TAPE_INLINE void close_container(struct reader *reader, uint32_t last)
{
    struct tape_node *node = &reader->nodes[reader->parent];

    reader->nodes[last].last = 1;
    reader->parent = node->next;
    reader->in_object = reader->nodes[reader->parent].type == TAPE_OBJECT;
    reader->depth--;
    node->next = reader->count;
    node->end = (uint32_t)reader->at;
}

// Runs after a value without children. Steps over a comma, or closes containers until there is a
// comma or no container is open.
TAPE_INLINE bool read_behind(struct reader *reader)
{
    uint32_t last = reader->count - 1;

    while (reader->parent != 0 && !step_over(reader, ',')) {
        uint32_t closing = reader->parent;
        int byte = next_byte(reader);

        if (byte == ',')
            continue;
        if (byte != (reader->in_object ? '}' : ']'))
            return refuse(reader, reader->in_object ? "expected a comma or a closing brace"
                                                    : "expected a comma or a closing bracket");
        reader->at++;
        close_container(reader, last);
        last = closing;
    }
    return true;
}

// Reads one value and all values inside it. The first node (TAPE_NONE) serves as its parent.
TAPE_INLINE bool read_tree(struct reader *reader)
{
    do {
        enum step step;

        if (reader->in_object && !read_key(reader))
            return false;
        // Two copies of the code, each for its kind of value.
        step = reader->in_object ? read_value(reader, true) : read_value(reader, false);
        if (step == STEP_FAILED || (step == STEP_DONE && !read_behind(reader)))
            return false;
    } while (reader->parent != 0);
    return true;
}

#endif
