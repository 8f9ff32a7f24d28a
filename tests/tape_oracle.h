// Compares the tape with jansson, with its own full reading and with its plain C loops, for the
// unit test and the fuzzer. A known difference is accepted only if both judge the text the same
// after its cause is removed.
#ifndef EVENKEEL_TESTS_TAPE_ORACLE_H
#define EVENKEEL_TESTS_TAPE_ORACLE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "tests/scalar_tape.h"
#include "json/value.h"

enum oracle_verdict {
    ORACLE_ACCEPTED, // both accept it, with the same value
    ORACLE_REFUSED,  // both refuse it
    // jansson skips a NUL that follows a number, true, false or null.
    ORACLE_NUL_AFTER_TOKEN,
    // jansson refuses these. The tape accepts them, as Go does: it replaces them, or keeps numbers
    // as text.
    ORACLE_LONE_SURROGATE,
    ORACLE_LARGE_NUMBER,
    ORACLE_NUL_IN_KEY,
    // jansson accepts 2048 levels.
    ORACLE_DEPTH,
    ORACLE_VERDICTS,
};

struct oracle {
    struct tape full;
    struct tape lazy;
    struct tape scalar;
    struct arena *arena;
};

static inline int oracle_init(struct oracle *oracle)
{
    *oracle = (struct oracle){.arena = arena_new(64 << 20)};
    return oracle->arena ? 0 : -1;
}

static inline void oracle_clear(struct oracle *oracle)
{
    tape_clear(&oracle->full);
    tape_clear(&oracle->lazy);
    scalar_tape_clear(&oracle->scalar);
    arena_free(oracle->arena);
}

static inline bool oracle_same(struct oracle *oracle, struct value value, const json_t *json);

static inline bool oracle_same_object(struct oracle *oracle, struct value value, const json_t *json)
{
    size_t distinct = 0;

    for (struct value item = value_first(value); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), oracle->arena);
        const json_t *other = json_object_getn(json, key.data, key.size);
        struct value counts = value_get_slice(value, key);

        if (counts.node != item.node)
            continue;
        distinct++;
        if (!other || !oracle_same(oracle, item, other))
            return false;
    }
    return distinct == json_object_size(json);
}

static inline bool oracle_same_array(struct oracle *oracle, struct value value, const json_t *json)
{
    size_t count = 0;

    for (struct value item = value_first(value); item.node; item = value_next(item), count++) {
        const json_t *other = json_array_get(json, count);

        if (!other || !oracle_same(oracle, item, other))
            return false;
    }
    return count == json_array_size(json);
}

static inline bool oracle_same_number(struct oracle *oracle, struct value value, const json_t *json)
{
    int64_t integer;

    if (value_integer(value, &integer))
        return json_is_integer(json) && json_integer_value(json) == integer;
    return json_is_real(json) &&
           strtod(slice_copy(oracle->arena, value_raw(value)).data, NULL) == json_real_value(json);
}

// Whether a value on the tape and jansson's mean the same.
static inline bool oracle_same(struct oracle *oracle, struct value value, const json_t *json)
{
    switch (value_type(value)) {
    case TAPE_NULL:
        return json_is_null(json);
    case TAPE_FALSE:
        return json_is_false(json);
    case TAPE_TRUE:
        return json_is_true(json);
    case TAPE_NUMBER:
        return oracle_same_number(oracle, value, json);
    case TAPE_STRING:
        return json_is_string(json) &&
               slice_equal(value_string(value, oracle->arena),
                           (struct slice){json_string_value(json), json_string_length(json)});
    case TAPE_ARRAY:
        return json_is_array(json) && oracle_same_array(oracle, value, json);
    case TAPE_OBJECT:
        return json_is_object(json) && oracle_same_object(oracle, value, json);
    default:
        return false;
    }
}

// Whether a lazily read value gives exactly the same as the fully read one, step by step.
static inline bool oracle_same_walk(struct value lazy, struct value full)
{
    struct value a, b;

    if (value_type(lazy) != value_type(full) || !slice_equal(value_raw(lazy), value_raw(full)) ||
        !slice_equal(value_raw(value_key(lazy)), value_raw(value_key(full))))
        return false;
    for (a = value_first(lazy), b = value_first(full); a.node && b.node;
         a = value_next(a), b = value_next(b)) {
        if (!oracle_same_walk(a, b))
            return false;
    }
    return !a.node && !b.node;
}

static inline bool oracle_same_nodes(const struct tape *a, const struct tape *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->nodes, b->nodes, a->count * sizeof(*a->nodes)) == 0);
}

// Reads `text` with both builds of the tape. Returns NULL, or the point on which they disagree.
// `refused` says whether they refused it.
static inline const char *oracle_read(struct tape *tape, struct tape *scalar, struct slice text,
                                      enum tape_mode mode, bool *refused)
{
    struct error error = {0}, other = {0};

    *refused = tape_parse(tape, text, mode, &error) != 0;
    if (*refused != (scalar_tape_parse(scalar, text, mode, &other) != 0))
        return "SSE2 and plain C: one refuses";
    if (!oracle_same_nodes(tape, scalar))
        return "SSE2 and plain C: nodes differ";
    if (*refused && (error.line != other.line || error.column != other.column ||
                     strcmp(error.text, other.text) != 0))
        return "SSE2 and plain C: errors differ";
    return NULL;
}

// Opens all unread values with both builds. `accepted`: none of them may be refused.
static inline const char *oracle_open_all(struct tape *tape, struct tape *scalar, bool accepted)
{
    for (uint32_t i = 1; i < tape->count; i++) {
        if (tape->nodes[i].type != TAPE_RAW)
            continue;
        int opened = tape_open(tape, i, NULL);

        if (scalar_tape_open(scalar, i, NULL) != opened || !oracle_same_nodes(tape, scalar))
            return "SSE2 and plain C: opened differently";
        if (accepted && opened != 0)
            return "lazy: refuses on opening what full accepts";
    }
    return NULL;
}

// Removes the room for more nodes, so that opening a value has to move them.
static inline void oracle_tighten(struct tape *tape)
{
    struct tape_node *nodes = realloc(tape->nodes, tape->count * sizeof(*nodes));

    if (!nodes)
        return;
    tape->nodes = nodes;
    tape->capacity = tape->count;
}

static inline const char *oracle_lazy(struct oracle *oracle, struct slice text, bool accepted)
{
    bool refused;
    const char *problem = oracle_read(&oracle->lazy, &oracle->scalar, text, TAPE_LAZY, &refused);

    if (problem)
        return problem;
    if (refused)
        return accepted ? "lazy: refuses what full accepts" : NULL;
    problem = oracle_open_all(&oracle->lazy, &oracle->scalar, accepted);
    if (problem || !accepted)
        return problem;
    tape_parse(&oracle->lazy, text, TAPE_LAZY, NULL);
    oracle_tighten(&oracle->lazy);
    return oracle_same_walk(value_root(&oracle->lazy), value_root(&oracle->full))
               ? NULL
               : "lazy: another value than full";
}

static inline const char *oracle_agree(struct oracle *oracle, const struct tape *tape,
                                       const json_t *json)
{
    struct value root = value_root((struct tape *)tape);

    return oracle_same(oracle, root, json) ? NULL : "jansson: another value";
}

static inline json_t *oracle_jansson(struct slice text)
{
    return json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static inline bool oracle_is_deep(struct slice text)
{
    size_t depth = 0, deepest = 0;

    for (size_t i = 0; i < text.size; i++) {
        depth += text.data[i] == '[' || text.data[i] == '{';
        depth -= depth > 0 && (text.data[i] == ']' || text.data[i] == '}');
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest > TAPE_DEPTH_MAX;
}

// jansson accepted the text as `json`, and the tape did not. Without the NULs after tokens, the
// tape must accept it.
static inline const char *oracle_judge_refused(struct oracle *oracle, struct slice text,
                                               const json_t *json, enum oracle_verdict *verdict)
{
    char *bytes = malloc(text.size + 1);
    bool changed = false;
    const char *problem = "the tape refuses what jansson accepts";

    memcpy(bytes, text.data, text.size);
    for (size_t i = 1; i < text.size; i++) {
        char before = bytes[i - 1];

        if (bytes[i] != '\0' || !((before >= '0' && before <= '9') ||
                                  ((before | 0x20) >= 'a' && (before | 0x20) <= 'z')))
            continue;
        bytes[i] = ' ';
        changed = true;
    }
    *verdict = ORACLE_NUL_AFTER_TOKEN;
    if (changed &&
        tape_parse(&oracle->full, (struct slice){bytes, text.size}, TAPE_FULL, NULL) == 0)
        problem = oracle_agree(oracle, &oracle->full, json);
    else if (oracle_is_deep(text)) {
        *verdict = ORACLE_DEPTH;
        problem = NULL;
    }
    free(bytes);
    return problem;
}

// Returns the UTF-16 unit of the \u at `at`, or 0 when there is none.
static inline unsigned oracle_unit(const char *at, const char *end)
{
    char digits[5] = "";

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return 0;
    memcpy(digits, at + 2, 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

static inline bool oracle_is_low(unsigned unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static inline bool oracle_is_high(unsigned unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

// Rewrites the parts of the string's bytes that jansson refuses. Returns which there were, if any.
static inline bool oracle_mend_string(char *at, const char *end, bool key,
                                      enum oracle_verdict *verdict)
{
    bool mended = false;
    int size;

    for (; at < end; at += size) {
        unsigned unit = oracle_unit(at, end);

        size = *at == '\\' ? (at[1] == 'u' ? 6 : 2) : 1;
        if (oracle_is_high(unit) && oracle_is_low(oracle_unit(at + 6, end))) {
            size = 12;
        } else if (oracle_is_high(unit) || oracle_is_low(unit)) {
            memcpy(at, "\\ufffd", 6);
            *verdict = ORACLE_LONE_SURROGATE;
            mended = true;
        } else if (key && size == 6 && unit == 0) {
            at[5] = '1';
            *verdict = ORACLE_NUL_IN_KEY;
            mended = true;
        }
    }
    return mended;
}

// Whether jansson can represent the number: it fits int64 or a double.
static inline bool oracle_fits(struct oracle *oracle, struct slice number)
{
    int64_t integer;
    double real;

    if (!memchr(number.data, '.', number.size) && !memchr(number.data, 'e', number.size) &&
        !memchr(number.data, 'E', number.size))
        return slice_integer(number, INT64_MIN, INT64_MAX, &integer);
    real = strtod(slice_copy(oracle->arena, number).data, NULL);
    return real - real == 0;
}

// Rewrites everything in `bytes`, which the tape has read, that jansson is known to refuse.
static inline bool oracle_mend(struct oracle *oracle, char *bytes, enum oracle_verdict *verdict)
{
    const struct tape *tape = &oracle->full;
    bool mended = false;

    for (uint32_t i = 1; i < tape->count; i++) {
        const struct tape_node *node = &tape->nodes[i];
        size_t size = node->end - node->start;
        bool key = i + 1 < tape->count && tape->nodes[i + 1].member;

        if (node->type == TAPE_STRING) {
            mended |=
                oracle_mend_string(bytes + node->start + 1, bytes + node->end - 1, key, verdict);
        } else if (node->type == TAPE_NUMBER &&
                   !oracle_fits(oracle, (struct slice){bytes + node->start, size})) {
            memset(bytes + node->start, ' ', size);
            bytes[node->start] = '0';
            *verdict = ORACLE_LARGE_NUMBER;
            mended = true;
        }
    }
    return mended;
}

// The tape accepted the text, and jansson did not. After the known causes are rewritten, both must
// accept it with the same value.
static inline const char *oracle_judge_accepted(struct oracle *oracle, struct slice text,
                                                enum oracle_verdict *verdict)
{
    char *bytes = malloc(text.size + 1);
    struct slice mended = {bytes, text.size};
    const char *problem = "the tape accepts what jansson refuses";
    json_t *json = NULL;

    memcpy(bytes, text.data, text.size);
    if (oracle_mend(oracle, bytes, verdict) && (json = oracle_jansson(mended)) &&
        tape_parse(&oracle->full, mended, TAPE_FULL, NULL) == 0)
        problem = oracle_agree(oracle, &oracle->full, json);
    json_decref(json);
    free(bytes);
    return problem;
}

// Judges `text`, which should be an allocation of its exact size. Returns NULL with a verdict, or
// the problem.
static inline const char *oracle_judge(struct oracle *oracle, struct slice text,
                                       enum oracle_verdict *verdict)
{
    bool refused;
    const char *problem = oracle_read(&oracle->full, &oracle->scalar, text, TAPE_FULL, &refused);
    json_t *json;

    arena_reset(oracle->arena);
    if (!problem)
        problem = oracle_lazy(oracle, text, !refused);
    if (problem)
        return problem;
    json = oracle_jansson(text);
    *verdict = refused ? ORACLE_REFUSED : ORACLE_ACCEPTED;
    if (refused && json)
        problem = oracle_judge_refused(oracle, text, json, verdict);
    else if (!refused && json)
        problem = oracle_agree(oracle, &oracle->full, json);
    else if (!refused)
        problem = oracle_judge_accepted(oracle, text, verdict);
    json_decref(json);
    return problem;
}

#endif
