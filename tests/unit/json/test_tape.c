// The tape's grammar, limits, places of errors and nodes, in SSE2 and in plain C. Every text is
// parsed from an allocation of its exact size, so that ASan sees any read past its end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/parse_both.h"

static void assert_accepted(const char *text)
{
    struct error error;

    if (parse_both(slice_of(text), TAPE_FULL, &error) != 0)
        fail_msg("%s: %s at %u", text, error.text, error.column);
}

static void assert_refused(const char *text, unsigned column, const char *problem)
{
    struct error error;

    if (parse_both(slice_of(text), TAPE_FULL, &error) != -1)
        fail_msg("accepted: %s", text);
    if (error.line != 1 || error.column != column || !strstr(error.text, problem))
        fail_msg("%s: %s at %u:%u", text, error.text, error.line, error.column);
    assert_int_equal(tape.count, 0);
}

static void test_accepts(void **state)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "-1.5e+10",
        "1E5",
        "0.0e-0",
        "\"\"",
        "[]",
        "{}",
        " \t\r\n[ ] \n",
        "[ 1 , [ ] , { } ]",
        "{ \"a\" : { \"b\" : [ ] } , \"a\" : 1 }",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\uDE00\"",
        "\"\x7f\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800x\"",
        "123456789012345678901234567890",
        "1e999",
        "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"",
        "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
        "{\"\":0,\"\\u0000\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_accepted(texts[i]);
}

static void test_refuses_structure(void **state)
{
    (void)state;
    assert_refused("", 1, "ends too early");
    assert_refused("  ", 3, "ends too early");
    assert_refused("[", 2, "ends too early");
    assert_refused("[1", 3, "ends too early");
    assert_refused("[1,", 4, "ends too early");
    assert_refused("[1,]", 4, "expected a value");
    assert_refused("[,1]", 2, "expected a value");
    assert_refused("[1 2]", 4, "comma or a closing bracket");
    assert_refused("[1}", 3, "comma or a closing bracket");
    assert_refused("]", 1, "expected a value");
    assert_refused("{", 2, "ends too early");
    assert_refused("{1:2}", 2, "name in quotes");
    assert_refused("{\"a\"}", 5, "colon");
    assert_refused("{\"a\":}", 6, "expected a value");
    assert_refused("{\"a\":1,}", 8, "name in quotes");
    assert_refused("{\"a\":1]", 7, "comma or a closing brace");
    assert_refused("{\"a\":1", 7, "ends too early");
    assert_refused("1 1", 3, "nothing after");
    assert_refused("{}}", 3, "nothing after");
    assert_refused("[]\f", 3, "nothing after");
    assert_refused("\xef\xbb\xbf{}", 1, "expected a value");
}

static void test_refuses_scalars(void **state)
{
    (void)state;
    assert_refused("nul", 1, "expected a value");
    assert_refused("nulL", 1, "expected a value");
    assert_refused("truee", 5, "nothing after");
    assert_refused("True", 1, "expected a value");
    assert_refused("01", 2, "nothing after");
    assert_refused("-01", 3, "nothing after");
    assert_refused("[01]", 3, "comma");
    assert_refused("-", 2, "ends too early");
    assert_refused("[-]", 3, "digit");
    assert_refused("[1.]", 4, "digit");
    assert_refused("[.5]", 2, "expected a value");
    assert_refused("[+1]", 2, "expected a value");
    assert_refused("[1e]", 4, "digit");
    assert_refused("[1e+]", 5, "digit");
    assert_refused("1.", 3, "ends too early");
    assert_refused("NaN", 1, "expected a value");
    assert_refused("[1.5.5]", 5, "comma");
}

static void test_refuses_strings(void **state)
{
    (void)state;
    assert_refused("\"", 2, "ends too early");
    assert_refused("\"abc", 5, "ends too early");
    assert_refused("\"a\nb\"", 3, "control character");
    assert_refused("\"\x1f\"", 2, "control character");
    assert_refused("\"\\", 2, "escape");
    assert_refused("\"\\\"", 4, "ends too early");
    assert_refused("\"\\x\"", 2, "escape");
    assert_refused("\"\\u12g4\"", 2, "escape");
    assert_refused("\"\\u123\"", 2, "escape");
    assert_refused("\"\\u123", 2, "escape");
    assert_refused("'a'", 1, "expected a value");
}

static void test_refuses_utf8(void **state)
{
    static const char *const inside[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2\x41",
        "\xe0\x9f\xbf",
        "\xe0\xa0",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xe2\x82\x41",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
        snprintf(text, sizeof(text), "\"%s\"", inside[i]);
        assert_refused(text, 2, "UTF-8");
        snprintf(text, sizeof(text), "\"twenty bytes before it%s", inside[i]);
        assert_refused(text, 24, "UTF-8");
    }
}

static void test_place_of_error(void **state)
{
    struct error error;

    (void)state;
    assert_int_equal(parse_both(SLICE("{\n  \"a\": 1,\n  \"b\" 2\n}"), TAPE_FULL, &error), -1);
    assert_int_equal(error.line, 3);
    assert_int_equal(error.column, 7);
    assert_string_equal(error.text, "JSON: expected a colon");
}

// A string with one special byte at each distance from its start and from the text's end.
static void test_every_alignment(void **state)
{
    char text[80];
    struct error error;

    (void)state;
    for (unsigned size = 0; size < 70; size++) {
        memset(text, 'x', sizeof(text));
        text[0] = text[size + 1] = '"';
        assert_int_equal(parse_both((struct slice){text, size + 2}, TAPE_FULL, &error), 0);
        assert_int_equal(tape.nodes[1].end, size + 2);
        for (unsigned at = 1; at <= size; at++) {
            text[at] = '\x01';
            assert_int_equal(parse_both((struct slice){text, size + 2}, TAPE_FULL, &error), -1);
            assert_int_equal(error.column, at + 1);
            text[at] = 'x';
        }
    }
}

static void test_nodes(void **state)
{
    static const struct tape_node expected[] = {
        {.type = TAPE_NONE},
        {.start = 0, .end = 33, .next = 10, .type = TAPE_OBJECT},
        {.start = 1, .end = 4, .next = 3, .type = TAPE_STRING},
        {.start = 5, .end = 16, .next = 8, .type = TAPE_ARRAY, .member = 1},
        {.start = 6, .end = 7, .next = 5, .type = TAPE_NUMBER},
        {.start = 8, .end = 10, .next = 6, .type = TAPE_OBJECT},
        {.start = 11, .end = 15, .next = 8, .type = TAPE_ARRAY, .last = 1},
        {.start = 12, .end = 14, .next = 8, .type = TAPE_STRING, .last = 1},
        {.start = 17, .end = 25, .next = 9, .type = TAPE_STRING, .escaped = 1},
        {.start = 26, .end = 32, .next = 10, .type = TAPE_STRING, .last = 1, .member = 1},
    };
    struct error error;

    (void)state;
    assert_int_equal(
        parse_both(SLICE("{\"a\":[1,{},[\"\"]],\"\\u0062\":\"four\"}"), TAPE_FULL, &error), 0);
    assert_int_equal(tape.count, 10);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(tape.nodes[i].start, expected[i].start);
        assert_int_equal(tape.nodes[i].end, expected[i].end);
        assert_int_equal(tape.nodes[i].next, expected[i].next);
        assert_int_equal(tape.nodes[i].type, expected[i].type);
        assert_int_equal(tape.nodes[i].escaped, expected[i].escaped);
        assert_int_equal(tape.nodes[i].last, expected[i].last);
        assert_int_equal(tape.nodes[i].member, expected[i].member);
    }
}

// `depth` brackets, all closed again.
static struct slice nest(char *buffer, unsigned depth)
{
    memset(buffer, '[', depth);
    memset(buffer + depth, ']', depth);
    return (struct slice){buffer, 2 * (size_t)depth};
}

static void test_depth(void **state)
{
    static char buffer[2 * TAPE_DEPTH_MAX + 64];
    struct error error;

    (void)state;
    assert_int_equal(parse_both(nest(buffer, TAPE_DEPTH_MAX), TAPE_FULL, &error), 0);
    assert_int_equal(parse_both(nest(buffer, TAPE_DEPTH_MAX + 1), TAPE_FULL, &error), -1);
    assert_int_equal(error.column, TAPE_DEPTH_MAX + 1);
    assert_string_equal(error.text, "JSON: nested too deep");
}

static void test_too_many_values(void **state)
{
    const size_t items = TAPE_NODES_MAX - 2; // besides node 0 and the array
    char *text = malloc(2 * items + 3);
    struct error error = {0};

    (void)state;
    text[0] = '[';
    for (size_t i = 0; i <= items; i++)
        memcpy(text + 1 + 2 * i, "1,", 2);
    text[2 * items] = ']';
    assert_int_equal(tape_parse(&tape, (struct slice){text, 2 * items + 1}, TAPE_FULL, &error), 0);
    assert_int_equal(tape.count, TAPE_NODES_MAX);
    text[2 * items] = ',';
    text[2 * items + 2] = ']';
    assert_int_equal(tape_parse(&tape, (struct slice){text, 2 * items + 3}, TAPE_FULL, &error), -1);
    assert_string_equal(error.text, "JSON: too many values");
    free(text);
    tape_clear(&tape);
}

static void test_text_too_long(void **state)
{
    struct error error = {0};

    (void)state;
    assert_int_equal(
        tape_parse(&tape, (struct slice){"", (size_t)UINT32_MAX + 1}, TAPE_FULL, &error), -1);
    assert_string_equal(error.text, "JSON: the text has 4 GiB or more");
    assert_int_equal(tape.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),         cmocka_unit_test(test_refuses_structure),
        cmocka_unit_test(test_refuses_scalars), cmocka_unit_test(test_refuses_strings),
        cmocka_unit_test(test_refuses_utf8),    cmocka_unit_test(test_place_of_error),
        cmocka_unit_test(test_every_alignment), cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_depth),           cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_text_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, parse_both_teardown);
}
