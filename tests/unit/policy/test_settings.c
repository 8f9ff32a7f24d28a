// Settings: plain text in, presence and exclusion of fields, and field-wise merging.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "policy/settings.h"

struct sample {
    struct settings common;
    int32_t seconds;
    struct slice path;
    struct int_or_percent surge;
    struct slices hosts;
    struct pairs labels;
    struct slice probe;
};

enum { SECONDS, PATH, SURGE, HOSTS, LABELS, PROBE, ENABLED, MODE };

static const struct field fields[] = {
    {.key = "seconds",
     .type = FIELD_INTEGER,
     .offset = offsetof(struct sample, seconds),
     .minimum = 1,
     .maximum = 300,
     .fallback = "15"},
    {.key = "path", .type = FIELD_STRING, .offset = offsetof(struct sample, path), .oneof = 1},
    {.key = "surge",
     .type = FIELD_INT_OR_PERCENT,
     .offset = offsetof(struct sample, surge),
     .maximum = 100,
     .fallback = "25%"},
    {.key = "hosts", .type = FIELD_STRINGS, .offset = offsetof(struct sample, hosts), .oneof = 1},
    {.key = "labels", .type = FIELD_STRING_MAP, .offset = offsetof(struct sample, labels)},
    {.key = "probe",
     .type = FIELD_JSON,
     .offset = offsetof(struct sample, probe),
     .fallback = "{\"port\":1}"},
    FIELDS_COMMON,
};

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

static int parse(struct sample *sample, uint32_t index, const char *text, struct error *error)
{
    return settings_parse(fields, index, slice_of(text), &sample->common, arena, error);
}

static void assert_refused(uint32_t index, const char *text, const char *expected)
{
    struct sample sample = {0}, before = {0};
    struct error error = {0};

    assert_int_equal(parse(&sample, index, text, &error), -1);
    assert_string_equal(error.text, expected);
    assert_memory_equal(&sample, &before, sizeof(sample));
}

static void test_defaults(void **state)
{
    struct sample sample = {0};

    (void)state;
    settings_defaults(fields, &sample.common);
    assert_int_equal(fields_count(fields), 8);
    assert_int_equal(sample.seconds, 15);
    assert_int_equal(sample.surge.value, 25);
    assert_true(sample.surge.percent);
    assert_true(sample.common.enabled);
    assert_int_equal(sample.common.mode, MODE_ENFORCE);
    assert_true(slice_is(sample.probe, "{\"port\":1}"));
    assert_null(sample.path.data);
    assert_int_equal(sample.common.present, 0);
}

static void test_parse_each_type(void **state)
{
    struct sample sample = {0};
    char path[] = "/ready";

    (void)state;
    assert_int_equal(parse(&sample, SECONDS, "300", NULL), 0);
    assert_int_equal(sample.seconds, 300);
    assert_int_equal(parse(&sample, PATH, path, NULL), 0);
    path[1] = 'X';
    assert_true(slice_is(sample.path, "/ready"));
    assert_int_equal(parse(&sample, SURGE, "3", NULL), 0);
    assert_int_equal(sample.surge.value, 3);
    assert_false(sample.surge.percent);
    assert_int_equal(parse(&sample, ENABLED, "true", NULL), 0);
    assert_true(sample.common.enabled);
    assert_int_equal(parse(&sample, ENABLED, "false", NULL), 0);
    assert_false(sample.common.enabled);
    assert_int_equal(parse(&sample, MODE, "observe", NULL), 0);
    assert_int_equal(sample.common.mode, MODE_OBSERVE);
    assert_int_equal(sample.common.present,
                     1 << SECONDS | 1 << PATH | 1 << SURGE | 1 << ENABLED | 1 << MODE);
}

static void test_parse_strings(void **state)
{
    struct sample sample = {0};
    char hosts[] = " a.example , b,c ";

    (void)state;
    assert_int_equal(parse(&sample, HOSTS, hosts, NULL), 0);
    memset(hosts, 'X', sizeof(hosts) - 1);
    assert_int_equal(sample.hosts.count, 3);
    assert_true(slice_is(sample.hosts.items[0], "a.example"));
    assert_true(slice_is(sample.hosts.items[1], "b"));
    assert_true(slice_is(sample.hosts.items[2], "c"));
    assert_int_equal(parse(&sample, HOSTS, "  ", NULL), 0);
    assert_int_equal(sample.hosts.count, 0);
    assert_true(sample.common.present & 1 << HOSTS);
}

static void test_refusals(void **state)
{
    static const char share[] = "expected an integer from 0 to 100, or a share from 0% to 100%";
    static const char list[] = "expected a comma-separated list without empty items";

    (void)state;
    assert_refused(SECONDS, "0", "expected an integer from 1 to 300");
    assert_refused(SECONDS, "301", "expected an integer from 1 to 300");
    assert_refused(SECONDS, "15s", "expected an integer from 1 to 300");
    assert_refused(SECONDS, "", "expected an integer from 1 to 300");
    assert_refused(SURGE, "101%", share);
    assert_refused(SURGE, "%", share);
    assert_refused(SURGE, "101", share);
    assert_refused(SURGE, "-1", share);
    assert_refused(ENABLED, "yes", "expected true or false");
    assert_refused(ENABLED, "True", "expected true or false");
    assert_refused(MODE, "Observe", "expected one of enforce, observe");
    assert_refused(HOSTS, "a,,b", list);
    assert_refused(HOSTS, "a,", list);
    assert_refused(HOSTS, ",", list);
    assert_refused(LABELS, "a=b", "expected an object, which a plain text cannot give");
    assert_refused(PROBE, "{}", "expected an object, which a plain text cannot give");
}

static void test_out_of_memory(void **state)
{
    struct arena *none = arena_new(2);
    struct sample sample = {0};
    struct error error = {0};

    (void)state;
    assert_int_equal(settings_parse(fields, PATH, SLICE("/ready"), &sample.common, none, &error),
                     -1);
    assert_string_equal(error.text, "out of memory");
    assert_int_equal(sample.common.present, 0);
    assert_int_equal(settings_parse(fields, HOSTS, SLICE("a"), &sample.common, none, NULL), -1);
    arena_free(none);
}

static void test_oneof_unsets_the_rest(void **state)
{
    struct sample sample = {0};

    (void)state;
    assert_int_equal(parse(&sample, PATH, "/ready", NULL), 0);
    settings_mark(fields, PATH, &sample.common, 7);
    assert_int_equal(sample.common.line[PATH], 7);
    assert_int_equal(parse(&sample, HOSTS, "a", NULL), 0);
    assert_int_equal(sample.common.present, 1 << HOSTS);
    assert_null(sample.path.data);
    assert_int_equal(sample.common.line[PATH], 0);
    assert_int_equal(parse(&sample, HOSTS, ",", NULL), -1);
    assert_int_equal(sample.hosts.count, 1);
}

static void test_merge(void **state)
{
    struct sample under = {0}, over = {0};

    (void)state;
    settings_defaults(fields, &under.common);
    under.common.entry_line = 10;
    assert_int_equal(parse(&under, PATH, "/ready", NULL), 0);
    assert_int_equal(parse(&under, SURGE, "1", NULL), 0);
    settings_mark(fields, SURGE, &under.common, 11);
    settings_defaults(fields, &over.common);
    assert_int_equal(parse(&over, SECONDS, "30", NULL), 0);
    settings_mark(fields, SECONDS, &over.common, 21);
    assert_int_equal(parse(&over, HOSTS, "a,b", NULL), 0);
    over.common.entry_line = 20;
    over.common.overridden = 1 << HOSTS;
    settings_merge(fields, &under.common, &over.common);
    assert_int_equal(under.seconds, 30);
    assert_int_equal(under.common.line[SECONDS], 21);
    assert_int_equal(under.surge.value, 1);
    assert_false(under.surge.percent);
    assert_int_equal(under.common.line[SURGE], 11);
    assert_int_equal(under.hosts.count, 2);
    assert_null(under.path.data);
    assert_int_equal(under.common.present, 1 << SECONDS | 1 << SURGE | 1 << HOSTS);
    assert_int_equal(under.common.overridden, 1 << HOSTS);
    assert_int_equal(under.common.entry_line, 20);
}

// A later policy entry's value is not an override, even if it replaces an annotation's value.
static void test_merge_clears_overridden(void **state)
{
    struct sample under = {0}, over = {0};

    (void)state;
    assert_int_equal(parse(&under, SECONDS, "5", NULL), 0);
    under.common.overridden = 1 << SECONDS;
    under.common.entry_line = 3;
    assert_int_equal(parse(&over, SECONDS, "6", NULL), 0);
    settings_merge(fields, &under.common, &over.common);
    assert_int_equal(under.seconds, 6);
    assert_int_equal(under.common.overridden, 0);
    assert_int_equal(under.common.entry_line, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),      cmocka_unit_test(test_parse_each_type),
        cmocka_unit_test(test_parse_strings), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_oneof_unsets_the_rest),
        cmocka_unit_test(test_merge),         cmocka_unit_test(test_merge_clears_overridden),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
