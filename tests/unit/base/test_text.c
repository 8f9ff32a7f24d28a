// Errors, slices, growing text, JSON strings, JSON Pointer tokens and base64.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/reason.h"
#include "json/pointer.h"

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
    arena_free(arena);
    return 0;
}

static void assert_slice(struct slice actual, const char *expected)
{
    assert_non_null(actual.data);
    assert_int_equal(actual.size, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.size);
}

static void test_error_first_wins(void **state)
{
    struct error error = {0};

    (void)state;
    assert_int_equal(error_set_at(&error, 3, 7, "first %d", 1), -1);
    assert_int_equal(error_set(&error, "second"), -1);
    assert_true(error.set);
    assert_int_equal(error.line, 3);
    assert_int_equal(error.column, 7);
    assert_string_equal(error.text, "first 1");
    assert_int_equal(error_set(NULL, "nobody listens"), -1);
}

static void test_error_long_text_is_cut(void **state)
{
    struct error error = {0};

    (void)state;
    error_set(&error, "%0*d", 2 * ERROR_TEXT_MAX, 1);
    assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
}

static void test_glob(void **state)
{
    static const struct {
        const char *text, *pattern;
        bool matches;
    } cases[] = {
        {"", "", true},           {"", "*", true},           {"", "?", false},
        {"a", "", false},         {"a", "?", true},          {"ab", "?", false},
        {"web-1", "web-*", true}, {"web", "web-*", false},   {"abcabd", "*abd", true},
        {"aXbXc", "a*b*c", true}, {"aXbXd", "a*b*c", false}, {"kube-system", "kube-*", true},
        {"abc", "***c", true},    {"abc", "a?c", true},      {"abc", "a?d", false},
        {"a*c", "a*c", true},     {"abc", "abc*", true},     {"abc", "*b", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool got = slice_glob(slice_of(cases[i].text), slice_of(cases[i].pattern));

        if (got != cases[i].matches)
            fail_msg("glob \"%s\" on \"%s\"", cases[i].pattern, cases[i].text);
    }
}

static void test_glob_many_stars_end_soon(void **state)
{
    char text[4000], pattern[401];

    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < 400; i += 2)
        memcpy(pattern + i, "a*", 2);
    pattern[400] = 'b';
    assert_false(
        slice_glob((struct slice){text, sizeof(text)}, (struct slice){pattern, sizeof(pattern)}));
}

static void test_integer(void **state)
{
    static const char *const bad[] = {"",    "-",  "+",   "1 ",  " 1",  "1.0",
                                      "0x1", "1a", "--1", "101", "-11", "99999999999999999999"};
    int64_t value = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(slice_integer(slice_of(bad[i]), -10, 100, &value));
    assert_int_equal(value, 42);
    assert_true(slice_integer(SLICE("-10"), -10, 100, &value));
    assert_int_equal(value, -10);
    assert_true(slice_integer(SLICE("+007"), -10, 100, &value));
    assert_int_equal(value, 7);
    assert_true(slice_integer(SLICE("-9223372036854775808"), INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    assert_true(slice_integer(SLICE("9223372036854775807"), INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    assert_false(slice_integer(SLICE("9223372036854775808"), INT64_MIN, INT64_MAX, &value));
    assert_false(slice_integer(SLICE("-9223372036854775809"), INT64_MIN, INT64_MAX, &value));
}

static void test_slices(void **state)
{
    (void)state;
    assert_true(slice_equal((struct slice){NULL, 0}, SLICE("")));
    assert_false(slice_equal(SLICE("a"), SLICE("b")));
    assert_true(slice_starts_with(SLICE("abc"), "ab"));
    assert_true(slice_starts_with((struct slice){NULL, 0}, ""));
    assert_false(slice_starts_with(SLICE("a"), "ab"));
    assert_slice(slice_copy(arena, SLICE("copy")), "copy");
    assert_int_equal(slice_copy(arena, SLICE("copy")).data[4], '\0');
    assert_slice(slice_copy(arena, (struct slice){NULL, 0}), "");
}

static void test_text_grows(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 100000);
    for (int i = 0; i < 10000; i++)
        text_printf(&text, "%04d,", i);
    struct slice all = text_slice(&text);

    assert_int_equal(all.size, 50000);
    assert_memory_equal(all.data, "0000,0001,0002,", 15);
    assert_memory_equal(all.data + all.size - 10, "9998,9999,", 11);
}

static void test_text_empty(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 0);
    assert_slice(text_slice(&text), "");
    text_init(&text, arena, 10);
    text_add(&text, (struct slice){NULL, 0});
    text_printf(&text, "%s", "");
    assert_slice(text_slice(&text), "");
}

static void test_text_limit_is_sticky(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 5);
    text_puts(&text, "12345");
    assert_slice(text_slice(&text), "12345");
    text_putc(&text, '6');
    text_puts(&text, "");
    assert_null(text_slice(&text).data);
    assert_int_equal(text_slice(&text).size, 0);
    text_init(&text, arena, 5);
    text_printf(&text, "%d", 123456);
    assert_true(text.failed);
}

static void test_text_memory_is_sticky(void **state)
{
    struct arena *small = arena_new(300);
    struct text text;

    (void)state;
    text_init(&text, small, 100000);
    text_puts(&text, "fits");
    for (int i = 0; i < 100; i++)
        text_puts(&text, "0123456789");
    assert_true(text.failed);
    assert_null(text_slice(&text).data);
    arena_free(small);
}

static void test_json_string(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 1000);
    text_json_string(&text, SLICE("a\"b\\c\b\f\n\r\t\x01\x1f\x7f\0z"));
    assert_slice(text_slice(&text), "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000z\"");
    text_init(&text, arena, 1000);
    text_json_string(&text, SLICE("gr\xc3\xbc\xc3\x9f/\xe4\xb8\xad"));
    text_json_string(&text, (struct slice){NULL, 0});
    assert_slice(text_slice(&text), "\"gr\xc3\xbc\xc3\x9f/\xe4\xb8\xad\"\"\"");
}

static void test_pointer_token(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 1000);
    pointer_add_token(&text, SLICE("metadata"));
    pointer_add_token(&text, SLICE("a/b~c"));
    pointer_add_token(&text, SLICE("~1"));
    pointer_add_token(&text, SLICE("q\"\n"));
    pointer_add_token(&text, SLICE(""));
    assert_slice(text_slice(&text), "/metadata/a~1b~0c/~01/q\\\"\\n/");
}

// RFC 4648 section 10.
static void test_text_numbers(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 1000);
    text_integer(&text, 0);
    text_putc(&text, ' ');
    text_integer(&text, -7);
    text_putc(&text, ' ');
    text_integer(&text, INT64_MIN);
    text_putc(&text, ' ');
    text_integer(&text, INT64_MAX);
    assert_slice(text_slice(&text), "0 -7 -9223372036854775808 9223372036854775807");
}

// The printed text is complete whether it just fits the room or needs one more byte. Past the limit
// it fails.
static void test_text_printf_at_the_end_of_room(void **state)
{
    static const char filler[600];

    (void)state;
    for (size_t before = 0; before < 600; before++) {
        struct text text;

        text_init(&text, arena, 604);
        text_add(&text, (struct slice){filler, before});
        text_printf(&text, "%s-%d", "ab", 12);
        bool fits = before + 5 <= 604;

        assert_int_equal(text.failed, !fits);
        if (fits)
            assert_memory_equal(text_slice(&text).data + before, "ab-12", 6);
        arena_reset(arena);
    }
}

static void test_text_extend(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, arena, 300);
    text_puts(&text, "ab");
    memset(text_extend(&text, 298), 'c', 298);
    assert_int_equal(text_slice(&text).size, 300);
    assert_memory_equal(text_slice(&text).data, "abcc", 4);
    assert_int_equal(text_slice(&text).data[300], 0);
    assert_null(text_extend(&text, 1));
    assert_null(text_slice(&text).data);
}

static void test_base64_vectors(void **state)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct text text;

        text_init(&text, arena, 100);
        base64_add(&text, slice_of(vectors[i][0]));
        assert_slice(text_slice(&text), vectors[i][1]);
    }
}

// Blocks join without padding between them; every alphabet character appears.
// Every size up to some steps of the loop, each in memory of exactly its size.
static void test_base64_sizes(void **state)
{
    unsigned char expected[100];

    (void)state;
    for (size_t size = 1; size < 64; size++) {
        struct text text;
        unsigned char *bytes = malloc(size);

        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)(0xff - 37 * i);
        int expected_size = EVP_EncodeBlock(expected, bytes, (int)size);

        text_init(&text, arena, 1000);
        base64_add(&text, (struct slice){(const char *)bytes, size});
        free(bytes);
        assert_int_equal(text.size, expected_size);
        assert_slice(text_slice(&text), (const char *)expected);
    }
}

static void test_base64_long(void **state)
{
    unsigned char bytes[3 * 1024 + 1];
    struct text text;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i += 3) {
        uint32_t three = (uint32_t)(i / 3 % 64) * 0x041041; // the same six bits four times

        bytes[i] = (unsigned char)(three >> 16);
        if (i + 2 < sizeof(bytes)) {
            bytes[i + 1] = (unsigned char)(three >> 8);
            bytes[i + 2] = (unsigned char)three;
        }
    }
    text_init(&text, arena, 5000);
    base64_add(&text, (struct slice){(const char *)bytes, sizeof(bytes)});
    struct slice out = text_slice(&text);
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    assert_int_equal(out.size, 4 * 1024 + 4);
    for (size_t i = 0; i < 4 * 1024; i++)
        assert_int_equal(out.data[i], digits[i / 4 % 64]);
    assert_memory_equal(out.data + 4 * 1024, "AA==", 4);
}

static void test_whole(void **state)
{
    static const struct {
        const char *text;
        size_t size;
    } cases[] = {{"", 0},
                 {"a", 1},
                 {"\xc3\xa9", 2},
                 {"a\xc3", 1},
                 {"\xe4\xb8", 0},
                 {"\xe4\xb8\x8d", 3},
                 {"a\xf0\x9f\x98", 1},
                 {"\xf0\x9f\x98\x80", 4},
                 {"\x80\x80", 2},
                 {"\xc3\xa9\xe4", 2},
                 {"\x80\x80\x80\x80", 4}};
    struct error error = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (slice_whole(slice_of(cases[i].text)).size != cases[i].size)
            fail_msg("case %zu", i);
    error_set(&error, "%*s\xc3\xa9", ERROR_TEXT_MAX - 2, "");
    assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 2);
}

static void test_reason_names_differ(void **state)
{
    (void)state;
    for (int a = 0; a < REASONS_COUNT; a++) {
        for (int b = a + 1; b < REASONS_COUNT; b++)
            assert_string_not_equal(reason_name((enum reason)a), reason_name((enum reason)b));
    }
    assert_string_equal(reason_name(REASON_HOST_PORT), "host-port");
    assert_string_equal(verdict_name(VERDICT_WOULD_INJECT), "would-inject");
    assert_string_equal(verdict_doc(VERDICT_KEPT), "the present value stays");
    assert_string_equal(reason_name((enum reason)REASONS_COUNT), "unknown");
    assert_string_equal(verdict_name((enum verdict) - 1), "unknown");
    assert_non_null(reason_doc((enum reason) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_first_wins),
        cmocka_unit_test(test_error_long_text_is_cut),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_glob_many_stars_end_soon),
        cmocka_unit_test(test_integer),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_text_grows),
        cmocka_unit_test(test_text_empty),
        cmocka_unit_test(test_text_limit_is_sticky),
        cmocka_unit_test(test_text_memory_is_sticky),
        cmocka_unit_test(test_json_string),
        cmocka_unit_test(test_pointer_token),
        cmocka_unit_test(test_base64_vectors),
        cmocka_unit_test(test_base64_sizes),
        cmocka_unit_test(test_base64_long),
        cmocka_unit_test(test_text_numbers),
        cmocka_unit_test(test_text_printf_at_the_end_of_room),
        cmocka_unit_test(test_text_extend),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_reason_names_differ),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
