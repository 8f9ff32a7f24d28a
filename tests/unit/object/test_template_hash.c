// A version's name: the same for all spellings of a template, and different for any other template.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "object/template_hash.h"

static struct template_hashes hashes_of(const char *template, const char *record)
{
    struct tape object = {0}, written = {0};
    struct arena *arena = arena_new(1 << 20);
    struct template_hashes hashes;
    char text[1024];
    int size = snprintf(text, sizeof(text), "{\"spec\":{\"template\":%s}}", template);

    assert_int_equal(tape_parse(&object, (struct slice){text, (size_t)size}, TAPE_FULL, NULL), 0);
    assert_int_equal(tape_parse(&written, slice_of(record), TAPE_FULL, NULL), 0);
    assert_int_equal(template_hash(&hashes, value_root(&object), value_root(&written), arena), 0);
    assert_int_equal(strlen(hashes.exact), TEMPLATE_HASH_SIZE);
    tape_clear(&object);
    tape_clear(&written);
    arena_free(arena);
    return hashes;
}

static void expect(const char *a, const char *b, bool same)
{
    struct template_hashes left = hashes_of(a, "{}"), right = hashes_of(b, "{}");

    if ((strcmp(left.exact, right.exact) == 0) != same)
        fail_msg("%s and %s: %s and %s", a, b, left.exact, right.exact);
    assert_string_equal(left.exact, left.own);
}

static void test_one_version(void **state)
{
    (void)state;
    expect("{\"a\":1,\"b\":{\"c\":\"d\"}}", "{ \"b\": {\"c\":\"d\"}, \"a\": 1 }", true);
    expect("{\"a\":1}", "{\"a\":1,\"b\":null,\"c\":{},\"d\":{\"e\":null}}", true);
    expect("{\"spec\":{}}", "{\"spec\":{\"terminationGracePeriodSeconds\":30}}", true);
    // As evenkeel writes it, and as an API server sends it.
    expect("{\"command\":[\"sh\",\"-c\",\"a && b <c >d \\u2028\"]}",
           "{\"command\":[\"sh\",\"-c\",\"a \\u0026\\u0026 b \\u003cc \\u003ed \xe2\x80\xa8\"]}",
           true);
    expect("{\"labels\":{\"a&b\":\"\\/\",\"c\":\"\"}}",
           "{\"labels\":{\"c\":\"\",\"a\\u0026b\":\"/\"}}", true);
}

#define ENV(list) "{\"containers\":[{\"env\":" list ",\"name\":\"app\"}]}"

// Variables in the API server's form are copied as they are, and all others written anew.
static void test_variables(void **state)
{
    (void)state;
    const char *plain = ENV("[{\"name\":\"A\",\"value\":\"b\"},{\"name\":\"C\",\"value\":\"d\"}]");
    expect(plain, ENV("[ {\"value\":\"b\",\"name\":\"A\"}, {\"name\":\"C\",\"value\":\"d\"} ]"),
           true);
    expect(plain, ENV("[{\"name\":\"A\",\"value\":\"b\"},{\"name\":\"\\u0043\",\"value\":\"d\"}]"),
           true);
    expect(plain,
           ENV("[{\"name\":\"A\",\"value\":\"b\",\"valueFrom\":null},{\"name\":\"C\",\"value\":"
               "\"d\"}]"),
           true);
    expect(plain, ENV("[{\"name\":\"A\",\"value\":\"b\"},{\"name\":\"C\",\"value\":\"e\"}]"),
           false);
    expect(plain, ENV("[{\"name\":\"C\",\"value\":\"d\"},{\"name\":\"A\",\"value\":\"b\"}]"),
           false);
    expect(plain, ENV("[{\"name\":\"A\",\"value\":\"b\"}]"), false);
    expect(ENV("[{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"x\"}}},{\"name\":"
               "\"C\",\"value\":\"d\"}]"),
           ENV("[{\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"x\"}},\"name\":\"A\"},{\"value\":"
               "\"d\",\"name\":\"C\"}]"),
           true);
}

static void test_other_versions(void **state)
{
    (void)state;
    expect("{\"a\":1}", "{\"a\":\"1\"}", false);
    expect("{\"a\":\"\\\\u0026\"}", "{\"a\":\"&\"}", false);
    expect("{\"a\":[1,2]}", "{\"a\":[2,1]}", false);
    expect("{\"a\":\"\",\"b\":1}", "{\"b\":1}", false);
    expect("{\"a\":\"b\\\",\\\"c\"}", "{\"a\":\"b\",\"c\":null}", false);
}

static void test_without_ours(void **state)
{
    (void)state;
    const char *theirs = "{\"metadata\":{\"labels\":{\"app\":\"web\"}}}";
    const char *both = "{\"metadata\":{\"labels\":{\"app\":\"web\",\"version\":\"a\\u0026b\"}}}";
    const char *record = "{\"spec.template.metadata.labels[version]\":\"a&b\"}";

    assert_string_equal(hashes_of(both, record).own, hashes_of(theirs, "{}").own);
    assert_string_not_equal(hashes_of(both, record).exact, hashes_of(theirs, "{}").exact);
}

static bool same_without(const char *a, const char *of_a, const char *b, const char *of_b)
{
    char digits[2][TEMPLATE_HASH_SIZE + 1], text[1024];
    const char *templates[] = {a, b}, *records[] = {of_a, of_b};

    for (int i = 0; i < 2; i++) {
        struct tape object = {0}, written = {0};
        struct arena *arena = arena_new(1 << 20);
        int size = snprintf(text, sizeof(text), "{\"spec\":{\"template\":%s}}", templates[i]);
        struct value record;

        assert_int_equal(tape_parse(&object, (struct slice){text, (size_t)size}, TAPE_LAZY, NULL),
                         0);
        assert_int_equal(tape_parse(&written, slice_of(records[i]), TAPE_FULL, NULL), 0);
        record = value_root(&written);
        assert_int_equal(template_hash_without(digits[i], value_root(&object), &record, 1, arena),
                         0);
        tape_clear(&object);
        tape_clear(&written);
        arena_free(arena);
    }
    return strcmp(digits[0], digits[1]) == 0;
}

static void test_quick_hash(void **state)
{
    (void)state;
    const char *theirs = "{\"metadata\":{\"creationTimestamp\":null,\"labels\":{\"app\":\"web\"}},"
                         "\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"web:1\","
                         "\"env\":[{\"name\":\"A\",\"value\":\"b\"}],\"resources\":{}}],"
                         "\"terminationGracePeriodSeconds\":30}}";
    const char *both = "{\"metadata\":{\"labels\":{\"app\":\"web\"}},"
                       "\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"web:1\","
                       "\"env\":[{\"name\":\"A\",\"value\":\"b\"}],"
                       "\"lifecycle\":{\"preStop\":{\"sleep\":{\"seconds\":15}}}}],"
                       "\"terminationGracePeriodSeconds\":45}}";
    const char *record = "{\"spec.template.spec.containers[app].lifecycle.preStop\":"
                         "{\"sleep\":{\"seconds\":15}},"
                         "\"spec.template.spec.terminationGracePeriodSeconds\":45}";
    const char *other = "{\"metadata\":{\"labels\":{\"app\":\"web\"}},"
                        "\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"web:1\","
                        "\"env\":[{\"name\":\"A\",\"value\":\"c\"}]}]}}";

    assert_true(same_without(theirs, "{}", both, record));
    assert_false(same_without(theirs, "{}", both, "{}"));
    assert_false(same_without(theirs, "{}", other, "{}"));
    // As evenkeel writes it, and as an API server sends it.
    assert_true(same_without(
        "{\"a\":[\"b&c\"],\"env\":[{\"name\":\"d\",\"value\":\"e&f\"}]}", "{}",
        "{\"a\":[\"b\\u0026c\"],\"env\":[{\"name\":\"d\",\"value\":\"e\\u0026f\"}]}", "{}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_version),    cmocka_unit_test(test_variables),
        cmocka_unit_test(test_other_versions), cmocka_unit_test(test_without_ours),
        cmocka_unit_test(test_quick_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
