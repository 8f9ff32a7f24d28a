// Lookups, walks, decoding and comparing, on values read in full and lazily.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "json/value.h"

static struct tape tape, other_tape;
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    tape_clear(&tape);
    tape_clear(&other_tape);
    arena_free(arena);
    return 0;
}

static struct value parse_into(struct tape *into, const char *text, enum tape_mode mode)
{
    struct error error = {0};

    if (tape_parse(into, slice_of(text), mode, &error) != 0)
        fail_msg("%s: %s", text, error.text);
    return value_root(into);
}

static struct value parse(const char *text)
{
    return parse_into(&tape, text, TAPE_FULL);
}

static void assert_slice(struct slice actual, const char *expected, size_t size)
{
    assert_non_null(actual.data);
    assert_int_equal(actual.size, size);
    assert_memory_equal(actual.data, expected, size);
}

static void test_absent(void **state)
{
    struct value none = {NULL, 0};
    struct tape empty = {0};
    int64_t integer = 7;

    (void)state;
    assert_int_equal(value_root(&empty).node, 0);
    assert_int_equal(value_type(none), TAPE_NONE);
    assert_false(value_exists(none));
    assert_int_equal(value_get(value_get(none, "a"), "b").node, 0);
    assert_int_equal(value_first(none).node, 0);
    assert_int_equal(value_next(none).node, 0);
    assert_int_equal(value_key(none).node, 0);
    assert_int_equal(value_count(none), 0);
    assert_int_equal(value_item(none, 0).node, 0);
    assert_null(value_raw(none).data);
    assert_false(value_is(none, ""));
    assert_null(value_string(none, arena).data);
    assert_false(value_integer(none, &integer));
    assert_int_equal(integer, 7);
    assert_false(value_is_true(none));
    assert_true(value_equal(none, none));
    assert_false(value_equal(none, parse("null")));
}

static void test_failed_parse_leaves_no_root(void **state)
{
    struct error error = {0};

    (void)state;
    parse("[1]");
    assert_int_equal(tape_parse(&tape, SLICE("[1"), TAPE_FULL, &error), -1);
    assert_int_equal(value_root(&tape).node, 0);
}

static void test_get(void **state)
{
    struct value root = parse("{\"a\":1,\"ab\":{\"c\":null,\"\":true},\"a\":2,\"e\":{},\"l\":[3]}");

    (void)state;
    assert_slice(value_raw(value_get(root, "a")), "2", 1);
    assert_int_equal(value_type(value_get(value_get(root, "ab"), "c")), TAPE_NULL);
    assert_false(value_exists(value_get(value_get(root, "ab"), "c")));
    assert_true(value_is_true(value_get(value_get(root, "ab"), "")));
    assert_true(value_is_true(value_get_slice(value_get(root, "ab"), (struct slice){NULL, 0})));
    assert_int_equal(value_get(root, "c").node, 0);
    assert_int_equal(value_get(value_get(root, "e"), "a").node, 0);
    assert_int_equal(value_get(value_get(root, "l"), "3").node, 0);
    assert_int_equal(value_get(value_get(root, "a"), "a").node, 0);
}

static void test_get_compares_decoded(void **state)
{
    struct value root = parse("{\"a\\u002fb\":1,\"\\ud83d\\ude00\":2,\"n\\u0000\":3,\"n\":4}");

    (void)state;
    assert_slice(value_raw(value_get(root, "a/b")), "1", 1);
    assert_slice(value_raw(value_get(root, "\xf0\x9f\x98\x80")), "2", 1);
    assert_slice(value_raw(value_get_slice(root, SLICE("n\0"))), "3", 1);
    assert_slice(value_raw(value_get(root, "n")), "4", 1);
    assert_int_equal(value_get(root, "a\\u002fb").node, 0);
}

static void test_walk_object(void **state)
{
    static const char *const keys[] = {"\"a\"", "\"b\\n\"", "\"a\""};
    struct value root = parse("{\"a\":[1,[2]],\"b\\n\":{\"c\":{}},\"a\":\"x\"}");
    unsigned count = 0;

    (void)state;
    for (struct value item = value_first(root); item.node; item = value_next(item)) {
        assert_true(count < 3);
        assert_slice(value_raw(value_key(item)), keys[count], strlen(keys[count]));
        count++;
    }
    assert_int_equal(count, 3);
    assert_int_equal(value_count(root), 3);
    assert_true(value_is(value_key(value_next(value_first(root))), "b\n"));
    assert_int_equal(value_next(root).node, 0);
    assert_int_equal(value_key(root).node, 0);
}

static void test_walk_array(void **state)
{
    struct value root = parse("[0,[1,1],{\"k\":[]},3]");
    unsigned count = 0;

    (void)state;
    for (struct value item = value_first(root); item.node; item = value_next(item), count++)
        assert_int_equal(value_key(item).node, 0);
    assert_int_equal(count, 4);
    assert_slice(value_raw(value_item(root, 2)), "{\"k\":[]}", 8);
    assert_slice(value_raw(value_item(root, 3)), "3", 1);
    assert_int_equal(value_item(root, 4).node, 0);
    assert_int_equal(value_count(value_item(root, 1)), 2);
    assert_int_equal(value_count(value_get(value_item(root, 2), "k")), 0);
    assert_int_equal(value_first(value_get(value_item(root, 2), "k")).node, 0);
    assert_int_equal(value_item(value_item(root, 2), 0).node, 0);
}

static void test_integer(void **state)
{
    struct value root = parse("[0,-0,42,-9223372036854775808,9223372036854775807,"
                              "9223372036854775808,1.0,1e2,\"5\",true,null]");
    static const int64_t expected[] = {0, 0, 42, INT64_MIN, INT64_MAX};
    int64_t value = 1;

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(value_integer(value_item(root, i), &value));
        assert_true(value == expected[i]);
    }
    for (uint32_t i = 5; i < 11; i++)
        assert_false(value_integer(value_item(root, i), &value));
    assert_true(value == INT64_MAX);
}

static void test_strings(void **state)
{
    static const struct {
        const char *json;
        struct slice text;
    } cases[] = {
        {"\"\"", SLICE("")},
        {"\"plain\"", SLICE("plain")},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", SLICE("\"\\/\b\f\n\r\t")},
        {"\"\\u0041\\u00e4\\u4e2D\\ud83d\\ude00\"", SLICE("A\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80")},
        {"\"a\\u0000b\"", SLICE("a\0b")},
        {"\"\\ud800\"", SLICE("\xef\xbf\xbd")},
        {"\"\\udc00x\"", SLICE("\xef\xbf\xbdx")},
        {"\"\\ud800\\u0041\"", SLICE("\xef\xbf\xbd"
                                     "A")},
        {"\"\\ud800\\n\"", SLICE("\xef\xbf\xbd\n")},
        {"\"\\ud800\\ud83d\\ude00\"", SLICE("\xef\xbf\xbd\xf0\x9f\x98\x80")},
        {"\"\\ud800abcdef\"", SLICE("\xef\xbf\xbd"
                                    "abcdef")},
        {"\"\\uffff\\u07ff\\u0800\\u007f\"", SLICE("\xef\xbf\xbf\xdf\xbf\xe0\xa0\x80\x7f")},
        {"\"\\udbff\\udfff\"", SLICE("\xf4\x8f\xbf\xbf")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct value root = parse(cases[i].json);

        assert_slice(value_string(root, arena), cases[i].text.data, cases[i].text.size);
        assert_true(value_is_slice(root, cases[i].text));
        if (cases[i].text.size > 0)
            assert_false(
                value_is_slice(root, (struct slice){cases[i].text.data, cases[i].text.size - 1}));
        assert_false(value_is(root, "something else"));
    }
    assert_null(value_string(parse("1"), arena).data);
    assert_false(value_is(parse("1"), "1"));
}

static void test_string_borrows_or_fails(void **state)
{
    struct arena *none = arena_new(0);

    (void)state;
    struct slice plain = value_string(parse("\"plain\""), none);

    assert_ptr_equal(plain.data, tape.bytes + 1);
    assert_null(value_string(parse("\"\\n\""), none).data);
    arena_free(none);
}

static void test_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"null", "null", true},
        {"null", "false", false},
        {"1", "1", true},
        {"1", "1.0", false},
        {"1", "\"1\"", false},
        {"\"a\\u0062\"", "\"ab\"", true},
        {"\"a\\u0062\"", "\"\\u0061b\"", true},
        {"\"a\\u0062\"", "\"a\\u0063\"", false},
        {"\"ab\\n\"", "\"ab\"", false},
        {"[]", "{}", false},
        {"[1,2]", "[ 1, 2 ]", true},
        {"[1,2]", "[2,1]", false},
        {"[1,2]", "[1,2,3]", false},
        {"[1,2,3]", "[1,2]", false},
        {"{\"a\":1,\"b\":[2]}", "{ \"b\":[2], \"a\":1 }", true},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
        {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false},
        {"{\"a\":0,\"a\":1}", "{\"a\":1}", true},
        {"{\"a\":1}", "{\"a\":0,\"a\":1}", true},
        {"{\"a\":1,\"a\":0}", "{\"a\":1}", false},
        {"{\"a\":1,\"a\":0}", "{\"a\":0,\"a\":1}", false},
        {"{\"a\":1,\"a\":0}", "{\"a\":2,\"a\":0}", true},
        {"{\"a\":1,\"b\":0,\"a\":2}", "{\"a\":3,\"b\":0,\"a\":2}", true},
        {"{\"a\":1,\"b\":0,\"a\":2}", "{\"a\":3,\"b\":1,\"a\":2}", false},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}", false},
        {"{\"a\":null}", "{}", false},
        {"{\"\\u0061\":1}", "{\"a\":1}", true},
        {"{\"a\":{\"b\":{\"c\":[{}]}}}", "{\"a\":{\"b\":{\"c\":[{ }]}}}", true},
        {"{\"a\":{\"b\":{\"c\":[{}]}}}", "{\"a\":{\"b\":{\"c\":[[]]}}}", false},
        {"{\"oldObject\":{\"a\":1}}", "{\"oldObject\":{ \"a\":1 }}", true},
        {"{\"oldObject\":{\"a\":1}}", "{\"oldObject\":{\"a\":2}}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (int mode = TAPE_FULL; mode <= TAPE_LAZY; mode++) {
            struct value a = parse_into(&tape, cases[i].a, (enum tape_mode)mode);
            struct value b = parse_into(&other_tape, cases[i].b, (enum tape_mode)mode);

            if (value_equal(a, b) != cases[i].equal || value_equal(b, a) != cases[i].equal)
                fail_msg("%s and %s", cases[i].a, cases[i].b);
            assert_true(value_equal(a, a));
        }
    }
}

static void test_subset(void **state)
{
    static const struct {
        const char *part, *whole;
        bool holds;
    } cases[] = {
        {"{}", "{\"a\":1}", true},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", true},
        {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2,\"b\":1}}", true},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2}}", false},
        {"[{\"a\":1}]", "[{\"a\":1,\"b\":2}]", true},
        {"[{\"a\":1}]", "[{\"a\":1},{\"b\":2}]", false},
        {"[]", "[1]", false},
        {"[]", "{}", false},
        {"{\"a\":null}", "{}", false},
        {"{\"a\":null}", "{\"a\":null}", true},
        {"{\"a\":2,\"a\":1}", "{\"a\":3,\"a\":1}", true},
        {"{\"a\":1,\"a\":2}", "{\"a\":1}", false},
        {"\"x\"", "\"\\u0078\"", true},
        {"1", "1.0", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct value part = parse_into(&tape, cases[i].part, TAPE_FULL);
        struct value whole = parse_into(&other_tape, cases[i].whole, TAPE_FULL);

        if (value_subset(part, whole) != cases[i].holds)
            fail_msg("%s in %s", cases[i].part, cases[i].whole);
    }
    assert_true(value_subset((struct value){NULL, 0}, (struct value){NULL, 0}));
    assert_false(value_subset(parse("{}"), (struct value){NULL, 0}));
}

// An object of `count` members, in rising or falling order of their names.
static char *many_members(uint32_t count, bool rising)
{
    char *text = malloc(32 * (size_t)count + 3), *at = text;

    *at++ = '{';
    for (uint32_t i = 0; i < count; i++)
        at += sprintf(at, "\"key-%08u\":%u,", rising ? i : count - 1 - i, 1u);
    memcpy(at - 1, "}", 2);
    return text;
}

static bool reordered_equal(uint32_t count)
{
    char *rising = many_members(count, true), *falling = many_members(count, false);
    bool equal = value_equal(parse_into(&tape, rising, TAPE_FULL),
                             parse_into(&other_tape, falling, TAPE_FULL));

    free(rising);
    free(falling);
    return equal;
}

static void test_equal_is_bounded(void **state)
{
    (void)state;
    assert_true(reordered_equal(1000));
    assert_false(reordered_equal(100000));
}

static void test_equal_at_full_depth(void **state)
{
    static char text[2 * TAPE_DEPTH_MAX + 2];
    struct value a, b;

    (void)state;
    memset(text, '[', TAPE_DEPTH_MAX);
    memset(text + TAPE_DEPTH_MAX, ']', TAPE_DEPTH_MAX);
    a = parse_into(&tape, text, TAPE_FULL);
    static char spaced[2 * TAPE_DEPTH_MAX + 2];

    memcpy(spaced, text, sizeof(text));
    memmove(spaced + TAPE_DEPTH_MAX + 1, spaced + TAPE_DEPTH_MAX, TAPE_DEPTH_MAX);
    spaced[TAPE_DEPTH_MAX] = ' ';
    b = parse_into(&other_tape, spaced, TAPE_FULL);
    assert_true(value_equal(a, b));
}

static const char review[] =
    "{\"request\":{\"object\":{\"metadata\":{\"managedFields\":["
    "{\"operation\":\"Update\",\"fieldsV1\":{\"f:spec\":{}},\"z\":1}]}},"
    "\"oldObject\":{\"spec\":{\"replicas\":3},\"metadata\":{\"managedFields\":["
    "{\"fieldsV1\":{\"f:a\":{}},\"y\":2}]}},\"dryRun\":true}}";

static void test_lazy_opens_on_first_look(void **state)
{
    struct value root = parse_into(&tape, review, TAPE_LAZY);
    struct value request = value_get(root, "request");
    struct value old = value_get(request, "oldObject");
    int64_t replicas = 0;

    (void)state;
    assert_int_equal(tape.nodes[value_get(old, "spec").node].type, TAPE_RAW);
    assert_true(value_integer(value_get(value_get(old, "spec"), "replicas"), &replicas));
    assert_int_equal(replicas, 3);
    assert_int_equal(value_type(old), TAPE_OBJECT);
    assert_true(value_is_true(value_next(old)));
    assert_true(value_is(value_key(old), "oldObject"));
    assert_int_equal(value_count(old), 2);
    assert_true(value_is_true(value_get(request, "dryRun")));
    struct value entry = value_item(value_get(value_get(old, "metadata"), "managedFields"), 0);

    assert_slice(value_raw(value_first(value_get(entry, "fieldsV1"))), "{}", 2);
    assert_slice(value_raw(value_get(entry, "y")), "2", 1);
}

static void test_lazy_equals_full(void **state)
{
    struct value lazy = parse_into(&tape, review, TAPE_LAZY);
    struct value full = parse_into(&other_tape, review, TAPE_FULL);
    struct value item;

    (void)state;
    // The whole texts have the same bytes, so compare the parts: this tests opening.
    item = value_get(value_get(lazy, "request"), "oldObject");
    assert_int_equal(value_count(item), 2);
    assert_true(
        value_equal(value_get(item, "metadata"),
                    value_get(value_get(value_get(full, "request"), "oldObject"), "metadata")));
}

// The first look at a value may move all nodes: here it must, because there is no room for one
// more.
static void test_lazy_opening_moves_nodes(void **state)
{
    struct tape tight = {0};
    struct value old =
        value_get(value_get(parse_into(&tight, review, TAPE_LAZY), "request"), "oldObject");

    (void)state;
    tight.nodes = realloc(tight.nodes, tight.count * sizeof(*tight.nodes));
    tight.capacity = tight.count;
    assert_int_equal(value_type(old), TAPE_OBJECT);
    assert_int_equal(value_count(old), 2);
    tape_clear(&tight);
}

static void test_lazy_bad_value_is_null(void **state)
{
    struct value root =
        parse_into(&tape, "{\"oldObject\":{\"spec\":{\"a\" 1},\"b\":2}}", TAPE_LAZY);
    struct value old = value_get(root, "oldObject");
    struct value spec = value_get(old, "spec");

    (void)state;
    assert_int_equal(value_get(spec, "a").node, 0);
    assert_int_equal(value_type(spec), TAPE_NULL);
    assert_false(value_exists(spec));
    assert_slice(value_raw(value_next(spec)), "2", 1);
    assert_int_equal(value_count(old), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_failed_parse_leaves_no_root),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_get_compares_decoded),
        cmocka_unit_test(test_walk_object),
        cmocka_unit_test(test_walk_array),
        cmocka_unit_test(test_integer),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_string_borrows_or_fails),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_subset),
        cmocka_unit_test(test_equal_is_bounded),
        cmocka_unit_test(test_equal_at_full_depth),
        cmocka_unit_test(test_lazy_opens_on_first_look),
        cmocka_unit_test(test_lazy_equals_full),
        cmocka_unit_test(test_lazy_opening_moves_nodes),
        cmocka_unit_test(test_lazy_bad_value_is_null),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
