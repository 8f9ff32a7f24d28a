// YAML into nodes: the meaning of scalars, the places of nodes, merge keys, and the limits. Every
// text is in an allocation of its exact size.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "yaml/yaml.h"

struct read {
    char *bytes;
    struct yaml_reader *reader;
    struct arena *arena;
    struct yaml_document document;
    struct error error;
};

static void read_start(struct read *read, struct slice text)
{
    *read = (struct read){.bytes = malloc(text.size)};
    memcpy(read->bytes, text.data, text.size);
    read->reader = yaml_reader_new((struct slice){read->bytes, text.size});
    read->arena = arena_new(256 << 20);
    assert_non_null(read->reader);
    assert_non_null(read->arena);
}

static int read_next(struct read *read)
{
    return yaml_reader_next(read->reader, read->arena, &read->document, &read->error);
}

static void read_end(struct read *read)
{
    yaml_reader_free(read->reader);
    arena_free(read->arena);
    free(read->bytes);
}

struct scalar {
    const char *text;
    enum yaml_type type;
    int64_t integer; // or the boolean
    const char *key; // its text as a key; NULL: it cannot be a key
};

static const struct scalar scalars[] = {
    {"y", YAML_BOOLEAN, 1, "true"},
    {"Yes", YAML_BOOLEAN, 1, "true"},
    {"yEs", YAML_STRING, 0, "yEs"},
    {"true", YAML_BOOLEAN, 1, "true"},
    {"TRUE", YAML_BOOLEAN, 1, "true"},
    {"tRUE", YAML_STRING, 0, "tRUE"},
    {"on", YAML_BOOLEAN, 1, "true"},
    {"n", YAML_BOOLEAN, 0, "false"},
    {"No", YAML_BOOLEAN, 0, "false"},
    {"False", YAML_BOOLEAN, 0, "false"},
    {"OFF", YAML_BOOLEAN, 0, "false"},
    {"~", YAML_NULL, 0, NULL},
    {"null", YAML_NULL, 0, NULL},
    {"NULL", YAML_NULL, 0, NULL},
    {"nULL", YAML_STRING, 0, "nULL"},
    {"0", YAML_INTEGER, 0, "0"},
    {"-1", YAML_INTEGER, -1, "-1"},
    {"+12", YAML_INTEGER, 12, "12"},
    {"8080", YAML_INTEGER, 8080, "8080"},
    {"1_000", YAML_INTEGER, 1000, "1000"},
    {"_1", YAML_STRING, 0, "_1"},
    {"0777", YAML_INTEGER, 511, "511"},
    {"0o17", YAML_INTEGER, 15, "15"},
    {"-0x1F", YAML_INTEGER, -31, "-31"},
    {"0b101", YAML_INTEGER, 5, "5"},
    {"0b", YAML_STRING, 0, "0b"},
    {"0x", YAML_STRING, 0, "0x"},
    {"08", YAML_FLOAT, 0, "8"},
    {"0_8", YAML_FLOAT, 0, "8"},
    {"9223372036854775807", YAML_INTEGER, INT64_MAX, "9223372036854775807"},
    {"-9223372036854775808", YAML_INTEGER, INT64_MIN, "-9223372036854775808"},
    {"-9223372036854775809", YAML_FLOAT, 0, "-9.223372e+18"},
    {"1.10", YAML_FLOAT, 0, "1.1"},
    {"1.", YAML_FLOAT, 0, "1"},
    {".5", YAML_FLOAT, 0, "0.5"},
    {".1_0", YAML_FLOAT, 0, "0.1"},
    {"._1", YAML_STRING, 0, "._1"},
    {"1e3", YAML_FLOAT, 0, "1000"},
    {"1e6", YAML_FLOAT, 0, "1e+06"},
    {"0.00001", YAML_FLOAT, 0, "1e-05"},
    {"123456.7", YAML_FLOAT, 0, "123456.7"},
    {"1e999", YAML_STRING, 0, "1e999"},
    {"-.Inf", YAML_FLOAT, 0, "-.inf"},
    {".NaN", YAML_FLOAT, 0, ".nan"},
    {"12:30:45", YAML_STRING, 0, "12:30:45"},
    {"2026-01-31", YAML_STRING, 0, "2026-01-31"},
    {"1.2.3", YAML_STRING, 0, "1.2.3"},
    {"15s", YAML_STRING, 0, "15s"},
    {"50%", YAML_STRING, 0, "50%"},
    {"'1'", YAML_STRING, 0, "1"},
    {"\"true\"", YAML_STRING, 0, "true"},
    {"\"\"", YAML_STRING, 0, ""},
    {"!!str 5", YAML_STRING, 0, "5"},
    {"!!str", YAML_STRING, 0, ""},
    {"!!int '5'", YAML_INTEGER, 5, "5"},
    {"!!bool 'on'", YAML_BOOLEAN, 1, "true"},
    {"!!float 5", YAML_FLOAT, 5, "5"},
    {"!!null ''", YAML_NULL, 0, NULL},
    {"!!binary aGk=", YAML_STRING, 0, "hi"},
    {"!!binary /w==", YAML_STRING, 0, "\xef\xbf\xbd"},
    {"!!timestamp 2001-12-14", YAML_STRING, 0, "2001-12-14"},
    {"!!timestamp 2001-12-14t21:59:43.10-05:00", YAML_STRING, 0, "2001-12-14t21:59:43.10-05:00"},
    {"!!string 5", YAML_STRING, 0, "5"},
    {"!x 5", YAML_STRING, 0, "5"},
    {"! 5", YAML_STRING, 0, "5"},
};

static void check_value(const struct scalar *scalar)
{
    struct read read;
    char text[128];

    snprintf(text, sizeof(text), "- %s\n", scalar->text);
    read_start(&read, slice_of(text));
    assert_int_equal(read_next(&read), 1);
    assert_int_equal(read.document.count, 2);
    const struct yaml_node *node = &read.document.nodes[1];
    if (node->type != scalar->type)
        fail_msg("%s: type %d instead of %d", scalar->text, node->type, scalar->type);
    if (scalar->type == YAML_INTEGER)
        assert_int_equal(node->integer, scalar->integer);
    if (scalar->type == YAML_BOOLEAN)
        assert_int_equal(node->truth, scalar->integer);
    read_end(&read);
}

static void check_key(const struct scalar *scalar)
{
    struct read read;
    char text[128];

    snprintf(text, sizeof(text), "? %s\n: v\n", scalar->text);
    read_start(&read, slice_of(text));
    assert_int_equal(read_next(&read), scalar->key ? 1 : -1);
    if (scalar->key) {
        assert_int_equal(read.document.nodes[1].type, YAML_STRING);
        assert_string_equal(read.document.nodes[1].text.data, scalar->key);
    } else {
        assert_string_equal(read.error.text, "a key may not be null; put it in quotes");
    }
    read_end(&read);
}

static void test_scalars(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(*scalars); i++) {
        check_value(&scalars[i]);
        check_key(&scalars[i]);
    }
}

struct mark {
    enum yaml_type type;
    uint32_t line;
    uint32_t column;
    const char *text; // from start to end
};

// Counts lines and columns by itself: "\n" ends a line, also after "\r".
static uint32_t offset_at(struct slice text, uint32_t line, uint32_t column)
{
    uint32_t offset = slice_starts_with(text, "\xef\xbb\xbf") ? 3 : 0;

    while (--line)
        offset =
            (uint32_t)((char *)memchr(text.data + offset, '\n', text.size - offset) - text.data) +
            1;
    return offset + column - 1;
}

static void check_marks(const char *string, const struct mark *marks, uint32_t count)
{
    struct slice text = slice_of(string);
    struct read read;

    read_start(&read, text);
    if (read_next(&read) != 1)
        fail_msg("%s: %u:%u: %s", string, read.error.line, read.error.column, read.error.text);
    for (uint32_t i = 0; i < count && i < read.document.count; i++) {
        const struct yaml_node *node = &read.document.nodes[i];
        struct slice actual = {text.data + node->start, node->end - node->start};
        if (!slice_is(actual, marks[i].text) || node->line != marks[i].line ||
            node->column != marks[i].column || node->type != marks[i].type)
            fail_msg("%s: node %u is type %d at %u:%u \"%.*s\"", string, i, node->type, node->line,
                     node->column, (int)actual.size, actual.data);
        assert_int_equal(node->start, offset_at(text, node->line, node->column));
    }
    assert_int_equal(read.document.count, count);
    read_end(&read);
}

#define MARKS(text, ...)                                                                           \
    check_marks(text, (const struct mark[]){__VA_ARGS__},                                          \
                sizeof((const struct mark[]){__VA_ARGS__}) / sizeof(struct mark))

static void test_marks_of_blocks(void **state)
{
    (void)state;
    MARKS("# c\na: 1 # x\n\n# end\n", {YAML_MAPPING, 2, 1, "a: 1"}, {YAML_STRING, 2, 1, "a"},
          {YAML_INTEGER, 2, 4, "1"});
    MARKS("a:\n- x\n- y  # c\n\nb: z\n", {YAML_MAPPING, 1, 1, "a:\n- x\n- y  # c\n\nb: z"},
          {YAML_STRING, 1, 1, "a"}, {YAML_SEQUENCE, 2, 1, "- x\n- y"}, {YAML_STRING, 2, 3, "x"},
          {YAML_BOOLEAN, 3, 3, "y"}, {YAML_STRING, 5, 1, "b"}, {YAML_STRING, 5, 4, "z"});
    MARKS("a:\n  - b: 1\n    c: 2\n\n  # tail\n", {YAML_MAPPING, 1, 1, "a:\n  - b: 1\n    c: 2"},
          {YAML_STRING, 1, 1, "a"}, {YAML_SEQUENCE, 2, 3, "- b: 1\n    c: 2"},
          {YAML_MAPPING, 2, 5, "b: 1\n    c: 2"}, {YAML_STRING, 2, 5, "b"},
          {YAML_INTEGER, 2, 8, "1"}, {YAML_STRING, 3, 5, "c"}, {YAML_INTEGER, 3, 8, "2"});
    MARKS("a:\nb:\n  - \n", {YAML_MAPPING, 1, 1, "a:\nb:\n  -"}, {YAML_STRING, 1, 1, "a"},
          {YAML_NULL, 1, 3, ""}, {YAML_STRING, 2, 1, "b"}, {YAML_SEQUENCE, 3, 3, "-"},
          {YAML_NULL, 3, 4, ""});
    MARKS("? q\n# c\nz: 1\n", {YAML_MAPPING, 1, 1, "? q\n# c\nz: 1"}, {YAML_STRING, 1, 3, "q"},
          {YAML_NULL, 1, 4, ""}, {YAML_STRING, 3, 1, "z"}, {YAML_INTEGER, 3, 4, "1"});
}

static void test_marks_of_flow_and_quotes(void **state)
{
    (void)state;
    MARKS("a: {b: [1, 2 ], c: } # d\n", {YAML_MAPPING, 1, 1, "a: {b: [1, 2 ], c: }"},
          {YAML_STRING, 1, 1, "a"}, {YAML_MAPPING, 1, 4, "{b: [1, 2 ], c: }"},
          {YAML_STRING, 1, 5, "b"}, {YAML_SEQUENCE, 1, 8, "[1, 2 ]"}, {YAML_INTEGER, 1, 9, "1"},
          {YAML_INTEGER, 1, 12, "2"}, {YAML_STRING, 1, 17, "c"}, {YAML_NULL, 1, 20, ""});
    MARKS("[k: v , {}]\n", {YAML_SEQUENCE, 1, 1, "[k: v , {}]"}, {YAML_MAPPING, 1, 2, "k: v"},
          {YAML_STRING, 1, 2, "k"}, {YAML_STRING, 1, 5, "v"}, {YAML_MAPPING, 1, 9, "{}"});
    MARKS("[]", {YAML_SEQUENCE, 1, 1, "[]"});
    MARKS("- \"a\n  b\" # c\n- 'd''e'\n- f\n  g  \n", //
          {YAML_SEQUENCE, 1, 1, "- \"a\n  b\" # c\n- 'd''e'\n- f\n  g"},
          {YAML_STRING, 1, 3, "\"a\n  b\""}, {YAML_STRING, 3, 3, "'d''e'"},
          {YAML_STRING, 4, 3, "f\n  g"});
    MARKS("a: &x !!str 5\nb: *x\n", {YAML_MAPPING, 1, 1, "a: &x !!str 5\nb: *x"},
          {YAML_STRING, 1, 1, "a"}, {YAML_STRING, 1, 4, "&x !!str 5"}, {YAML_STRING, 2, 1, "b"},
          {YAML_ALIAS, 2, 4, "*x"});
}

static void test_marks_of_literals(void **state)
{
    (void)state;
    MARKS("a: |\n  x\n\n  y\n\n\n# c\nb: >-\n  z\n", //
          {YAML_MAPPING, 1, 1, "a: |\n  x\n\n  y\n\n\n# c\nb: >-\n  z"}, {YAML_STRING, 1, 1, "a"},
          {YAML_STRING, 1, 4, "|\n  x\n\n  y"}, {YAML_STRING, 8, 1, "b"},
          {YAML_STRING, 8, 4, ">-\n  z"});
    MARKS("a: |+\n  x\n\nb: |2-\n   y\n  \nc: |\n", //
          {YAML_MAPPING, 1, 1, "a: |+\n  x\n\nb: |2-\n   y\n  \nc: |"}, {YAML_STRING, 1, 1, "a"},
          {YAML_STRING, 1, 4, "|+\n  x\n"}, {YAML_STRING, 4, 1, "b"},
          {YAML_STRING, 4, 4, "|2-\n   y"}, {YAML_STRING, 7, 1, "c"}, {YAML_STRING, 7, 4, "|"});
    MARKS("a: |  # c\n  x  \n\n", {YAML_MAPPING, 1, 1, "a: |  # c\n  x  "},
          {YAML_STRING, 1, 1, "a"}, {YAML_STRING, 1, 4, "|  # c\n  x  "});
}

static void test_marks_of_bytes(void **state)
{
    (void)state;
    MARKS("\"é\": ü # ö\n键: [值, x]\n", {YAML_MAPPING, 1, 1, "\"é\": ü # ö\n键: [值, x]"},
          {YAML_STRING, 1, 1, "\"é\""}, {YAML_STRING, 1, 7, "ü"}, {YAML_STRING, 2, 1, "键"},
          {YAML_SEQUENCE, 2, 6, "[值, x]"}, {YAML_STRING, 2, 7, "值"}, {YAML_STRING, 2, 12, "x"});
    MARKS("\xef\xbb\xbf"
          "a: é\nb: 1\n",
          {YAML_MAPPING, 1, 1, "a: é\nb: 1"}, {YAML_STRING, 1, 1, "a"}, {YAML_STRING, 1, 4, "é"},
          {YAML_STRING, 2, 1, "b"}, {YAML_INTEGER, 2, 4, "1"});
    MARKS("a: |\r\n  é\r\n\r\nb: \"x\r\n  y\" # c\r\nc: d\r\n", //
          {YAML_MAPPING, 1, 1, "a: |\r\n  é\r\n\r\nb: \"x\r\n  y\" # c\r\nc: d"},
          {YAML_STRING, 1, 1, "a"}, {YAML_STRING, 1, 4, "|\r\n  é"}, {YAML_STRING, 4, 1, "b"},
          {YAML_STRING, 4, 4, "\"x\r\n  y\""}, {YAML_STRING, 6, 1, "c"}, {YAML_STRING, 6, 4, "d"});
}

// More characters than the table of offsets remembers individually.
static void test_marks_far_in(void **state)
{
    char text[4096] = "";
    struct read read;

    (void)state;
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "- é%03d # ü\n", i);
    read_start(&read, slice_of(text));
    assert_int_equal(read_next(&read), 1);
    assert_int_equal(read.document.count, 201);
    for (uint32_t i = 1; i <= 200; i++) {
        char expected[8];
        snprintf(expected, sizeof(expected), "é%03u", i - 1);
        assert_int_equal(read.document.nodes[i].end - read.document.nodes[i].start, 5);
        assert_memory_equal(text + read.document.nodes[i].start, expected, 5);
    }
    read_end(&read);
}

static void test_documents_tile(void **state)
{
    static const char text[] =
        "# one\na: 1\n# between\n---\n--- # two\nx\n...\n# three\n---\nb: 2\n";
    static const uint32_t counts[] = {3, 0, 1, 3};
    uint32_t end = 0;
    struct read read;

    (void)state;
    read_start(&read, slice_of(text));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(read_next(&read), 1);
        assert_int_equal(read.document.count, counts[i]);
        assert_int_equal(read.document.start, end);
        end = read.document.end;
    }
    assert_int_equal(end, sizeof(text) - 1);
    assert_int_equal(read_next(&read), 0);
    read_end(&read);
}

static void test_no_document(void **state)
{
    static const char *const texts[] = {"", "# only a comment\n", "\n\n", "\xef\xbb\xbf"};
    struct read read;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        read_start(&read, slice_of(texts[i]));
        assert_int_equal(read_next(&read), 0);
        assert_int_equal(read_next(&read), 0);
        read_end(&read);
    }
}

static const char *text_of(const struct yaml_document *document, uint32_t mapping, const char *key)
{
    uint32_t node = yaml_get(document, mapping, key);

    return node == UINT32_MAX ? NULL : document->nodes[node].text.data;
}

// Explicit members and merged ones as sigs.k8s.io/yaml's decoder applies them.
static void test_merge_keys(void **state)
{
    static const char text[] = "base: &b {x: base, v: base, z: base}\n"
                               "more: &m {x: more, w: more}\n"
                               "one: {<<: *b, x: own}\n"
                               "two: {x: own, <<: [*m, *b]}\n"
                               "three: {\"<<\": quoted, on: bool}\n";
    struct yaml_members members;
    struct read read;

    (void)state;
    read_start(&read, slice_of(text));
    assert_int_equal(read_next(&read), 1);
    const struct yaml_document *document = &read.document;
    uint32_t one = yaml_get(document, 0, "one"), two = yaml_get(document, 0, "two");
    uint32_t three = yaml_get(document, 0, "three");
    assert_string_equal(text_of(document, one, "x"), "own");
    assert_string_equal(text_of(document, one, "v"), "base");
    assert_string_equal(text_of(document, two, "x"), "more");
    assert_string_equal(text_of(document, two, "w"), "more");
    assert_string_equal(text_of(document, two, "z"), "base");
    assert_null(text_of(document, two, "<<"));
    assert_string_equal(text_of(document, three, "<<"), "quoted");
    assert_string_equal(text_of(document, three, "true"), "bool");
    assert_null(text_of(document, one, "none"));
    assert_null(text_of(document, yaml_get(document, one, "x"), "x"));

    assert_int_equal(yaml_members(document, two, read.arena, &members), 0);
    assert_int_equal(members.count, 4);
    for (uint32_t i = 0; i < members.count; i++) {
        const char *key = document->nodes[members.items[i].key].text.data;
        assert_string_equal(document->nodes[members.items[i].value].text.data,
                            text_of(document, two, key));
    }
    assert_int_equal(yaml_members(document, three, read.arena, &members), 0);
    assert_int_equal(members.count, 2);
    read_end(&read);
}

static void test_aliases(void **state)
{
    static const char text[] = "a: &x [1]\nb: *x\nc: &x {d: *x}\n*k : v\n";
    struct read read;

    (void)state;
    read_start(&read, SLICE("a: &x [1]\nb: *x\nc: &x 5\nd: *x\n&k 8: e\n*x : f\n"));
    assert_int_equal(read_next(&read), 1);
    uint32_t list = yaml_get(&read.document, 0, "b"), number = yaml_get(&read.document, 0, "d");
    assert_int_equal(list, yaml_get(&read.document, 0, "a"));
    assert_int_equal(read.document.nodes[list].type, YAML_SEQUENCE);
    assert_int_equal(read.document.nodes[number].integer, 5);
    assert_string_equal(text_of(&read.document, 0, "5"), "f");
    read_end(&read);
    read_start(&read, slice_of(text));
    assert_int_equal(read_next(&read), -1);
    read_end(&read);
}

static const struct {
    const char *text;
    const char *error; // line:column: text
} bad[] = {
    {"a: 1\nb: 2\na: 3\n", "3:1: the key \"a\" appears twice; the first is at 1:1"},
    {"8: 1\n\"8\": 2\n", "2:1: the key \"8\" appears twice; the first is at 1:1"},
    {"y: 1\non: 2\n", "2:1: the key \"true\" appears twice; the first is at 1:1"},
    {"~: 1\n", "1:1: a key may not be null; put it in quotes"},
    {"{[a]: 1}\n", "1:2: a key must be a string, not a mapping or a sequence"},
    {"a: &x [1]\n*x : 1\n", "2:1: a key must be a string, not a mapping or a sequence"},
    {"a: *x\n", "1:4: there is no anchor &x before the alias"},
    {"a: &x [*x]\n", "1:8: the alias *x is part of the value that it means"},
    {"a: &x\n  b: &y\n    c: *x\n", "3:8: the alias *x is part of the value that it means"},
    {"a: !!int x\n", "1:4: \"x\" cannot be read as !!int"},
    {"a: !!binary aGk\n", "1:4: a value with the tag !!binary is not base64, or memory is short"},
    {"a: !!timestamp 2001-13\n", "1:4: \"2001-13\" is no !!timestamp"},
    {"18446744073709551615: 1\n", "1:1: a key may not be so great an integer; put it in quotes"},
    {"<<: 5\n", "1:5: the merge key << takes a mapping, or a list of at most 64 mappings"},
    {"a: &x 1\nb: {<<: [*x]}\n",
     "2:9: the merge key << takes a mapping, or a list of at most 64 mappings"},
    {"é: [1, 2\nb: c\n",
     "2:2: did not find expected ',' or ']' while parsing a flow sequence (from line 1)"},
    {"é: ö: u\n", "1:7: mapping values are not allowed in this context"},
    {"a:\n\t- b\n", "2:1: found character that cannot start any token while scanning for the next "
                    "token (from line 2)"},
    {"a: é\nb: \xff\n", "2:4: invalid leading UTF-8 octet"},
    {"a: \x01\n", "1:4: control characters are not allowed"},
    {"\xff\xfe"
     "a",
     "1:1: the text is in UTF-16; expected UTF-8"},
};

static void test_bad(void **state)
{
    struct read read;
    char actual[ERROR_TEXT_MAX + 32];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        read_start(&read, slice_of(bad[i].text));
        assert_int_equal(read_next(&read), -1);
        snprintf(actual, sizeof(actual), "%u:%u: %s", read.error.line, read.error.column,
                 read.error.text);
        assert_string_equal(actual, bad[i].error);
        assert_int_equal(read_next(&read), -1);
        read_end(&read);
    }
}

// CPU that reading a sixteenth of the largest list takes: an attack that grows linearly takes about
// sixteen times that.
static clock_t sixteenth(void)
{
    const size_t item = strlen("- 1\n"), size = YAML_NODES_MAX / 16 * item;
    char *text = malloc(size + 1);
    struct read read;
    clock_t start;

    for (size_t at = 0; at < size; at += item)
        memcpy(text + at, "- 1\n", item);
    read_start(&read, (struct slice){text, size});
    start = clock();
    assert_int_equal(read_next(&read), 1);
    start = clock() - start;
    read_end(&read);
    free(text);
    return start;
}

// CPU that an attack may take: 2 s, or on a slow machine twice what a linear one takes there. Under
// valgrind, SLOWDOWN says how many times slower it is.
static clock_t attack_limit(void)
{
    static clock_t linear;
    const char *slowdown = getenv("SLOWDOWN");
    clock_t limit = 2 * CLOCKS_PER_SEC * (slowdown ? atoi(slowdown) : 1);

    linear = linear ? linear : sixteenth() * 16;
    return limit > 2 * linear ? limit : 2 * linear;
}

// `before`, then `unit` for `count` times (a $ in it counts from 0, an @ from 1), then `after`.
static void check_attack(const char *before, const char *unit, uint32_t count, const char *after,
                         const char *error)
{
    size_t limit = strlen(before) + count * (strlen(unit) + 20) + strlen(after) + 1, size;
    char *text = malloc(limit);
    struct read read;
    clock_t start;

    size = (size_t)sprintf(text, "%s", before);
    for (uint32_t i = 0; i < count; i++) {
        for (const char *at = unit; *at; at++) {
            if (*at == '$')
                size += (size_t)sprintf(text + size, "%u", i);
            else if (*at == '@')
                size += (size_t)sprintf(text + size, "%u", i + 1);
            else
                text[size++] = *at;
        }
    }
    size += (size_t)sprintf(text + size, "%s", after);
    read_start(&read, (struct slice){text, size});
    start = clock();
    assert_int_equal(read_next(&read), error ? -1 : 1);
    start = clock() - start;
    assert_true(start < attack_limit());
    if (error && !strstr(read.error.text, error))
        fail_msg("%s...: %s", unit, read.error.text);
    read_end(&read);
    free(text);
}

static void test_attacks(void **state)
{
    (void)state;
    check_attack("", "[", 200 * 1024, "", "deeper than 64 levels");
    check_attack("", "{a: ", 40 * 1024, "", "deeper than 64 levels");
    check_attack("", "{", 40 * 1024, "", "a key must be a string");
    check_attack("", "- ", 100 * 1024, "", "deeper than 64 levels");
    check_attack("", "[a: ", 1000, "", "deeper than 64 levels");
    check_attack("", "- &a$ x\n", 20000, "", "more than 1000 anchors");
    check_attack("a0: &a0 [1, 1]\n", "a@: &a@ [*a$, *a$]\n", 60, "", "aliases expand to more than");
    check_attack("a0: &a0 {k: 1}\n", "a@: &a@ {<<: [*a$, *a$]}\n", 60, "",
                 "aliases expand to more than");
    check_attack("", "%TAG !x! y\n", 80000, "---\na\n", "more than 100 %TAG directives");
    check_attack("", "k$: v\n", 100000, "k7: w\n", "the key \"k7\" appears twice");
    check_attack("", "- 1\n", YAML_NODES_MAX, "", "more than 1048576 nodes");
    check_attack("a: ", "x", 1024 * 1024, "", NULL);
    check_attack("a: \"", "x", 1024 * 1024, "\"", NULL);
    check_attack("a: |\n  ", "x", 1024 * 1024, "\n", NULL);
    check_attack("a: ", "\n", 1024 * 1024, " b", NULL);
    check_attack("a: ", "é\n ", 200 * 1024, "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_marks_of_blocks),
        cmocka_unit_test(test_marks_of_flow_and_quotes),
        cmocka_unit_test(test_marks_of_literals),
        cmocka_unit_test(test_marks_of_bytes),
        cmocka_unit_test(test_marks_far_in),
        cmocka_unit_test(test_documents_tile),
        cmocka_unit_test(test_no_document),
        cmocka_unit_test(test_merge_keys),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_attacks),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
