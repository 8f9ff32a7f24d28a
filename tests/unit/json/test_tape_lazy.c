// The tape's lazy mode: it leaves values unread, finds their ends, and reads them later, in SSE2
// and in plain C.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/parse_both.h"

// `depth` brackets, all closed again.
static struct slice nest(char *buffer, unsigned depth)
{
    memset(buffer, '[', depth);
    memset(buffer + depth, ']', depth);
    return (struct slice){buffer, 2 * (size_t)depth};
}

static void test_depth_of_unread(void **state)
{
    static char buffer[2 * TAPE_DEPTH_MAX + 64];
    const char *const key = "{\"fieldsV1\":";
    struct error error;

    (void)state;
    for (unsigned depth = TAPE_DEPTH_MAX - 1; depth <= TAPE_DEPTH_MAX; depth++) {
        memcpy(buffer, key, strlen(key));
        struct slice inside = nest(buffer + strlen(key), depth);

        buffer[strlen(key) + inside.size] = '}';
        assert_int_equal(
            parse_both((struct slice){buffer, strlen(key) + inside.size + 1}, TAPE_LAZY, &error),
            depth < TAPE_DEPTH_MAX ? 0 : -1);
    }
    assert_int_equal(error.column, strlen(key) + TAPE_DEPTH_MAX);
    assert_string_equal(error.text, "JSON: nested too deep");
}

static enum tape_type type_at(const char *text, uint32_t node)
{
    struct error error;

    assert_int_equal(parse_both(slice_of(text), TAPE_LAZY, &error), 0);
    assert_true(node < tape.count);
    return (enum tape_type)tape.nodes[node].type;
}

static void test_lazy_leaves_unread(void **state)
{
    (void)state;
    assert_int_equal(type_at("{\"oldObject\":{\"a\":{\"b\":1}}}", 5), TAPE_RAW);
    assert_int_equal(tape.count, 6);
    assert_int_equal(type_at("{\"oldObject\":{\"a\":1,\"b\":[2]}}", 7), TAPE_RAW);
    assert_int_equal(type_at("{\"oldObject\":{\"a\":{}},\"c\":{\"d\":{}}}", 9), TAPE_OBJECT);
    assert_int_equal(type_at("{\"oldObject\":[{\"a\":{}}]}", 6), TAPE_OBJECT);
    assert_int_equal(type_at("[[\"oldObject\",{\"a\":{}}]]", 6), TAPE_OBJECT);
    assert_int_equal(type_at("{\"oldObject\":null}", 3), TAPE_NULL);
    assert_int_equal(type_at("{\"oldobject\":{}}", 3), TAPE_OBJECT);
    assert_int_equal(type_at("{\"fieldsV1\":{\"f:a\":{}}}", 3), TAPE_RAW);
    assert_int_equal(type_at("[{\"x\":[{\"fieldsV1\":[]}]}]", 7), TAPE_RAW);
    assert_int_equal(type_at("{\"operation\":\"Update\",\"fieldsV1\":{}}", 5), TAPE_RAW);
    assert_int_equal(type_at("{\"operation\":\"Apply\",\"fieldsV1\":{}}", 5), TAPE_RAW);
    assert_int_equal(type_at("{\"fieldsV1\":{},\"operation\":\"Apply\"}", 3), TAPE_RAW);
    assert_int_equal(type_at("[{\"operation\":\"Apply\"},{\"fieldsV1\":{}}]", 7), TAPE_RAW);
    assert_int_equal(type_at("{\"a\":{\"operation\":\"Apply\"},\"fieldsV1\":{}}", 7), TAPE_RAW);
    assert_int_equal(type_at("{\"operation\":[\"Apply\"],\"fieldsV1\":{}}", 6), TAPE_RAW);
    assert_int_equal(type_at("{\"status\":{\"replicas\":1}}", 3), TAPE_RAW);
    assert_int_equal(type_at("[{\"env\":[{\"name\":\"a\"}]}]", 4), TAPE_RAW);
    assert_int_equal(type_at("{\"a\":{\"volumeMounts\":[]}}", 5), TAPE_RAW);
    assert_int_equal(type_at("{\"env\":\"a\"}", 3), TAPE_STRING);
    assert_int_equal(type_at("{\"\\u0065nv\":[1]}", 3), TAPE_ARRAY);
    assert_int_equal(type_at("{\"envFrom\":[1]}", 3), TAPE_ARRAY);
    assert_int_equal(type_at("{\"oldObject\":{\"spec\":{\"env\":[1]}}}", 5), TAPE_RAW);
}

// The end of an unread value is found after every kind of string, at every alignment.
static void test_lazy_finds_the_end(void **state)
{
    static const char *const insides[] = {
        "\"}]{[\"",
        "\"\\\"}\"",
        "\"\\\\\"",
        "\"\\\\\\\"}}\"",
        "[[[[{}]]]]",
        "\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"",
        "{\"k:{\\\"a\\\":1}\":{\".\":{}}}",
        "\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"]}]}\"",
    };
    char text[300];
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof(insides) / sizeof(*insides); i++) {
        for (int pad = 0; pad < 130; pad++) {
            int size = snprintf(text, sizeof(text), "{\"fieldsV1\":{\"%0*d\":%s},\"z\":1}", pad, 0,
                                insides[i]);
            struct slice all = {text, (size_t)size};

            assert_int_equal(parse_both(all, TAPE_LAZY, &error), 0);
            assert_int_equal(tape.count, 6);
            assert_int_equal(tape.nodes[3].type, TAPE_RAW);
            assert_int_equal(tape.nodes[3].end, size - 7);
            assert_int_equal(tape_open(&tape, 3, &error), 0);
            assert_int_equal(scalar_tape_open(&scalar, 3, &error), 0);
            assert_int_equal(tape.count, scalar.count);
            assert_memory_equal(tape.nodes, scalar.nodes, tape.count * sizeof(*tape.nodes));
            assert_int_equal(tape.nodes[tape.nodes[3].opened].end, size - 7);
        }
    }
}

static void test_lazy_truncated(void **state)
{
    static const char text[] = "{\"fieldsV1\":{\"a\":[\"b\\\"]\",{\"c\":{}}]"
                               ",\"long enough for a block of sixty-four bytes\":[[]]}}";
    struct error error;

    (void)state;
    assert_int_equal(parse_both(slice_of(text), TAPE_LAZY, &error), 0);
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        assert_int_equal(parse_both((struct slice){text, size}, TAPE_LAZY, &error), -1);
        assert_string_equal(error.text, "JSON: the text ends too early");
    }
}

// A long list, then `end`; it is `depth` arrays deep.
static struct slice long_list(char *buffer, size_t size, unsigned depth, const char *end)
{
    int at = snprintf(buffer, size, "[\"%01500d\"", 0);

    for (unsigned i = 0; i < depth; i++)
        at += snprintf(buffer + at, size - (size_t)at, ",[");
    memset(buffer + at, ']', depth);
    at += (int)depth;
    at += snprintf(buffer + at, size - (size_t)at, "%s", end);
    return (struct slice){buffer, (size_t)at};
}

// A list that begins with the bytes of one before it is stepped over by comparing them.
static void test_lazy_steps_over_what_is_equal(void **state)
{
    static const struct {
        const char *first, *second; // how the lists end
        bool good;
    } cases[] = {
        {"]", "]", true},     {"]", ",1]", true},           {",1]", ",2]", true},
        {",1]", "]", true},   {",\"]\"]", ",\"]\"]", true}, {"]", "", false},
        {"]", ",\"]", false},
    };
    char first[2000], second[2000], text[5000];
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct slice a = long_list(first, sizeof(first), 0, cases[i].first);
        struct slice b = long_list(second, sizeof(second), 0, cases[i].second);
        int size = snprintf(text, sizeof(text), "{\"env\":%s,\"status\":%s}", first, second);

        assert_int_equal(parse_both((struct slice){text, (size_t)size}, TAPE_LAZY, &error),
                         cases[i].good ? 0 : -1);
        if (!cases[i].good)
            continue;
        assert_int_equal(tape.count, 6);
        assert_int_equal(tape.nodes[3].end - tape.nodes[3].start, a.size);
        assert_int_equal(tape.nodes[5].end - tape.nodes[5].start, b.size);
        assert_int_equal(tape_open(&tape, 5, &error), 0);
        assert_int_equal(scalar_tape_open(&scalar, 5, &error), 0);
    }
}

// Where it stands deeper than the first, it may be too deep.
static void test_lazy_depth_of_what_is_equal(void **state)
{
    char list[5000], text[12000];
    struct error error;

    (void)state;
    for (unsigned depth = TAPE_DEPTH_MAX - 4; depth <= TAPE_DEPTH_MAX; depth++) {
        long_list(list, sizeof(list), depth, "]");
        int size = snprintf(text, sizeof(text), "{\"env\":%s,\"a\":[{\"env\":%s}]}", list, list);

        assert_int_equal(parse_both((struct slice){text, (size_t)size}, TAPE_LAZY, &error),
                         depth <= TAPE_DEPTH_MAX - 4 ? 0 : -1);
    }
}

static void test_open_refuses_what_was_passed_over(void **state)
{
    struct error error;

    (void)state;
    assert_int_equal(parse_both(SLICE("{\n\"fieldsV1\":{ \"a\" 1},\"b\":2}"), TAPE_LAZY, &error),
                     0);
    uint32_t count = tape.count;

    assert_int_equal(tape_open(&tape, 3, &error), -1);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 18);
    assert_int_equal(tape.nodes[3].type, TAPE_NULL);
    assert_int_equal(tape.nodes[3].next, 4);
    assert_int_equal(tape.count, count);
}

// Members of an "oldObject" stay unread. In an opened one, "fieldsV1" and "env" stay unread again.
// Inside those, everything is read.
static void test_open_in_steps(void **state)
{
    struct error error;

    (void)state;
    assert_int_equal(parse_both(SLICE("{\"oldObject\":{\"metadata\":{\"oldObject\":{\"a\":{}},"
                                      "\"fieldsV1\":{\"fieldsV1\":{\"oldObject\":{}}}}}}"),
                                TAPE_LAZY, &error),
                     0);
    assert_int_equal(tape.count, 6);
    assert_int_equal(tape_open(&tape, 5, NULL), 0);
    assert_int_equal(tape.count, 13);
    assert_int_equal(tape.nodes[8].type, TAPE_OBJECT);
    assert_int_equal(tape.nodes[10].type, TAPE_OBJECT);
    assert_int_equal(tape.nodes[12].type, TAPE_RAW);
    assert_int_equal(tape_open(&tape, 12, NULL), 0);
    for (uint32_t i = 13; i < tape.count; i++)
        assert_int_not_equal(tape.nodes[i].type, TAPE_RAW);
    uint32_t count = tape.count;

    assert_int_equal(tape_open(&tape, 12, NULL), 0);
    assert_int_equal(tape.count, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth_of_unread),
        cmocka_unit_test(test_lazy_leaves_unread),
        cmocka_unit_test(test_lazy_finds_the_end),
        cmocka_unit_test(test_lazy_truncated),
        cmocka_unit_test(test_lazy_steps_over_what_is_equal),
        cmocka_unit_test(test_lazy_depth_of_what_is_equal),
        cmocka_unit_test(test_open_refuses_what_was_passed_over),
        cmocka_unit_test(test_open_in_steps),
    };

    return cmocka_run_group_tests(tests, NULL, parse_both_teardown);
}
