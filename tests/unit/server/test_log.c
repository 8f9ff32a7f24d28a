// Log lines: what is escaped, and that a line of any length is whole and within its buffer. Rings:
// order, dropping.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct log *log;
    int read_end;
    int write_end;
};

static struct fixture fixture_new(enum log_format format, enum log_level level)
{
    struct fixture fixture;
    int ends[2];
    struct error error = {0};
    assert_int_equal(pipe(ends), 0);
    fixture.log = log_new(ends[1], format, level, 2, &error);
    assert_non_null(fixture.log);
    fixture.read_end = ends[0];
    fixture.write_end = ends[1];
    return fixture;
}

// Stops the log and returns everything that was written, NUL-terminated. The caller frees it.
static char *fixture_finish(struct fixture *fixture)
{
    size_t size = 0, room = 1 << 20;
    char *text = malloc(room);
    assert_non_null(text);
    assert_true(log_stop(fixture->log, 5000));
    close(fixture->write_end);
    for (ssize_t count; (count = read(fixture->read_end, text + size, room - size - 1)) > 0;)
        size += (size_t)count;
    text[size] = '\0';
    close(fixture->read_end);
    log_free(fixture->log);
    return text;
}

static void log_one(struct log *log, struct slice value)
{
    struct log_line line;
    log_begin(&line, log, 0, LOG_LEVEL_INFO, "message");
    log_string(&line, "value", value);
    log_end(&line);
}

// The string that a reader of JSON finds for `value`.
static void check_string(struct slice value, const char *expected)
{
    struct fixture fixture = fixture_new(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
    log_one(fixture.log, value);
    char *text = fixture_finish(&fixture);
    json_t *line = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "value")), expected);
    assert_null(strchr(strchr(text, '\n') + 1, '\n'));
    json_decref(line);
    free(text);
}

static void test_strings(void **state)
{
    (void)state;
    check_string(SLICE("plain"), "plain");
    check_string(SLICE(""), "");
    check_string(SLICE("a\"b\\c/d"), "a\"b\\c/d");
    check_string(SLICE("\n\r\t\b\x01\x1f\x7f"), "\n\r\t\b\x01\x1f\x7f");
    check_string(SLICE("\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80"),
                 "\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80");
}

#define REPLACED "\xef\xbf\xbd"

static void test_invalid_utf8(void **state)
{
    (void)state;
    check_string(SLICE("\xff"), REPLACED);
    check_string(SLICE("a\x80z"), "a" REPLACED "z");
    check_string(SLICE("\xc3"), REPLACED);
    check_string(SLICE("\xe6\xbc"), REPLACED REPLACED);
    check_string(SLICE("\xc0\xaf"), REPLACED REPLACED);                           // overlong
    check_string(SLICE("\xe0\x80\xaf"), REPLACED REPLACED REPLACED);              // overlong
    check_string(SLICE("\xed\xa0\x80"), REPLACED REPLACED REPLACED);              // a surrogate
    check_string(SLICE("\xf4\x90\x80\x80"), REPLACED REPLACED REPLACED REPLACED); // past Unicode
    check_string(SLICE("\xf0\x8f\xbf\xbf"), REPLACED REPLACED REPLACED REPLACED);
}

static void test_long_string(void **state)
{
    char value[LOG_STRING_MAX + 64];
    char expected[LOG_STRING_MAX + 8];
    (void)state;
    memset(value, 'x', sizeof(value));
    memset(expected, 'x', sizeof(expected));
    strcpy(expected + LOG_STRING_MAX, "...");
    check_string((struct slice){value, LOG_STRING_MAX},
                 (expected[LOG_STRING_MAX] = '\0', expected));
    expected[LOG_STRING_MAX] = '.';
    check_string((struct slice){value, sizeof(value)}, expected);
    // A character that does not fit whole is left out.
    memcpy(value + LOG_STRING_MAX - 1, "\xc3\xa9", 2);
    strcpy(expected + LOG_STRING_MAX - 1, "...");
    check_string((struct slice){value, sizeof(value)}, expected);
}

// Fields and list items of every size up to and past the line's end, in both formats.
static void test_full_lines(void **state)
{
    static const char filler[LOG_STRING_MAX] = {[0 ... LOG_STRING_MAX - 1] = 'f'};
    (void)state;
    for (size_t size = 0; size < LOG_STRING_MAX; size++) {
        struct fixture fixture = fixture_new(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
        struct log_line line;
        log_begin(&line, fixture.log, 0, LOG_LEVEL_INFO, "full");
        log_list_begin(&line, "list");
        for (unsigned i = 0; i < LOG_LINE_MAX / LOG_STRING_MAX + 2; i++)
            log_list_item(&line, (struct slice){filler, i == 0 ? size : LOG_STRING_MAX - 3});
        for (unsigned i = 0; i < LOG_LINE_MAX / 4; i++)
            log_list_item(&line, SLICE("i"));
        log_list_end(&line);
        log_string(&line, "after", SLICE("x"));
        log_list_begin(&line, "second");
        log_list_item(&line, SLICE("x"));
        log_list_end(&line);
        log_integer(&line, "number", 7);
        log_boolean(&line, "truth", true);
        log_end(&line);
        assert_in_range(line.size, LOG_LINE_MAX / 2, LOG_LINE_MAX - 1);
        char *text = fixture_finish(&fixture);
        json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        assert_true(json_is_true(json_object_get(object, "truncated")));
        assert_in_range(strlen(text), LOG_LINE_MAX / 2, LOG_LINE_MAX);
        json_decref(object);
        free(text);
    }
}

static void test_values(void **state)
{
    (void)state;
    struct fixture fixture = fixture_new(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
    struct log_line line;
    log_one(fixture.log, SLICE("below the level"));
    log_begin(&line, fixture.log, 1, LOG_LEVEL_ERROR, "two words");
    log_integer(&line, "low", INT64_MIN);
    log_boolean(&line, "no", false);
    log_string(&line, "plain", SLICE("a=b"));
    log_string(&line, "empty", SLICE(""));
    log_list_begin(&line, "list");
    log_list_item(&line, SLICE("a"));
    log_list_item(&line, SLICE("b,c"));
    log_list_end(&line);
    log_list_begin(&line, "none");
    log_list_end(&line);
    log_end(&line);
    char *text = fixture_finish(&fixture);
    assert_string_equal(
        strstr(text, " level"),
        " level=error msg=\"two words\" low=-9223372036854775808 no=false plain=a=b "
        "empty=\"\" list=[a,\"b,c\"] none=[]\n");
    assert_memory_equal(text, "time=", 5);
    free(text);
}

// Without its writer a ring becomes full. A line without room is dropped whole, and the rest comes
// out in order.
static void test_dropping(void **state)
{
    (void)state;
    struct fixture fixture = fixture_new(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
    struct error error = {0};
    static const char filler[400] = {[0 ... 399] = 'f'};
    unsigned kept = 0;
    for (; log_dropped(fixture.log) < 10; kept++)
        log_one(fixture.log, (struct slice){filler, sizeof(filler)});
    kept -= 10;
    assert_in_range(kept, LOG_RING_SIZE / 500, LOG_RING_SIZE / 400);
    // The pipe holds less than the ring, so the pipe must be read while the writer stops.
    assert_int_equal(log_start(fixture.log, &error), 0);
    size_t size = 0, room = 2 * LOG_RING_SIZE;
    char *text = malloc(room);
    assert_non_null(text);
    for (unsigned lines = 0; lines < kept;) {
        ssize_t count = read(fixture.read_end, text + size, room - size);
        assert_true(count > 0);
        for (ssize_t i = 0; i < count; i++)
            lines += text[size + (size_t)i] == '\n';
        size += (size_t)count;
    }
    assert_int_equal(text[size - 1], '\n');
    log_one(fixture.log, SLICE("room again"));
    char *rest = fixture_finish(&fixture);
    assert_non_null(strstr(rest, "room again"));
    free(rest);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),     cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_long_string), cmocka_unit_test(test_full_lines),
        cmocka_unit_test(test_values),      cmocka_unit_test(test_dropping),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
