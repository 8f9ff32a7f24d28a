// The JSON Patch applier against RFC 6902's appendix A and against patches that a lenient applier
// would accept.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manifest/apply.h"

// One row is one test. `expected` NULL: the patch must fail with `message` in the error.
struct apply_case {
    const char *name;
    const char *document;
    const char *patch;
    const char *expected;
    const char *message;
};

static const struct apply_case cases[] = {
    {"A.1 adding an object member", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
     NULL},
    {"A.2 adding an array element", "{\"foo\":[\"bar\",\"baz\"]}",
     "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
     "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", NULL},
    {"A.3 removing an object member", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
     "[{\"op\":\"remove\",\"path\":\"/baz\"}]", "{\"foo\":\"bar\"}", NULL},
    {"A.4 removing an array element", "{\"foo\":[\"bar\",\"qux\",\"baz\"]}",
     "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]", "{\"foo\":[\"bar\",\"baz\"]}", NULL},
    {"A.5 replacing a value", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
     "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
     "{\"baz\":\"boo\",\"foo\":\"bar\"}", NULL},
    {"A.6 moving a value",
     "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
     "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
     "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}", NULL},
    {"A.7 moving an array element", "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
     "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
     "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}", NULL},
    {"A.8 testing a value: success", "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
     "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},"
     "{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
     "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", NULL},
    {"A.9 testing a value: error", "{\"baz\":\"qux\"}",
     "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", NULL, "not the one tested for"},
    {"A.10 adding a nested member object", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
     "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}", NULL},
    {"A.11 ignoring unrecognized elements", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
     "{\"foo\":\"bar\",\"baz\":\"qux\"}", NULL},
    {"A.12 adding to a nonexistent target", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", NULL, "no member \"baz\""},
    {"A.14 ~ escape ordering", "{\"/\":9,\"~1\":10}",
     "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]", "{\"/\":9,\"~1\":10}", NULL},
    {"A.15 comparing strings and numbers", "{\"/\":9,\"~1\":10}",
     "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]", NULL, "not the one tested for"},
    {"A.16 adding an array value", "{\"foo\":[\"bar\"]}",
     "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
     "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}", NULL},

    {"an empty patch changes nothing", "{\"a\":1}", "[]", "{\"a\":1}", NULL},
    {"a patch that is no array", "{}", "{}", NULL, "array of operations"},
    {"an operation that is no object", "{}", "[1]", NULL, "operation 0: it is not an object"},
    {"an unknown operation", "{}", "[{\"op\":\"merge\",\"path\":\"/a\",\"value\":1}]", NULL,
     "\"merge\" is not an operation"},
    {"operations in capitals are unknown", "{}", "[{\"op\":\"Add\",\"path\":\"/a\",\"value\":1}]",
     NULL, "\"Add\" is not an operation"},
    {"a missing op", "{}", "[{\"path\":\"/a\",\"value\":1}]", NULL, "\"op\" is missing"},
    {"a missing path", "{}", "[{\"op\":\"add\",\"value\":1}]", NULL, "\"path\" is missing"},
    {"a path that is no string", "{}", "[{\"op\":\"add\",\"path\":1,\"value\":1}]", NULL,
     "\"path\" is not a string"},
    {"add without value", "{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", NULL, "\"value\" is missing"},
    {"replace without value", "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\"}]", NULL,
     "\"value\" is missing"},
    {"test without value", "{\"a\":null}", "[{\"op\":\"test\",\"path\":\"/a\"}]", NULL,
     "\"value\" is missing"},
    {"move without from", "{\"a\":1}", "[{\"op\":\"move\",\"path\":\"/a\"}]", NULL,
     "\"from\" is missing"},
    {"copy without from", "{\"a\":1}", "[{\"op\":\"copy\",\"path\":\"/a\"}]", NULL,
     "\"from\" is missing"},
    {"a null value is a value", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]",
     "{\"a\":null}", NULL},
    {"a pointer without its slash", "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"a\"}]", NULL,
     "must be empty or begin with /"},
    {"the error names the failing operation", "{}",
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1},{\"op\":\"remove\",\"path\":\"/b\"}]", NULL,
     "operation 1: there is no member \"b\""},

    {"~2 is no escape", "{\"~2\":1}", "[{\"op\":\"remove\",\"path\":\"/~2\"}]", NULL,
     "neither ~0 nor ~1"},
    {"a ~ at the end is no escape", "{\"a~\":1}", "[{\"op\":\"remove\",\"path\":\"/a~\"}]", NULL,
     "neither ~0 nor ~1"},
    {"~1 stands for a slash", "{\"a/b\":1}",
     "[{\"op\":\"replace\",\"path\":\"/a~1b\",\"value\":2}]", "{\"a/b\":2}", NULL},
    {"the empty name is a name", "{\"\":{\"\":1}}",
     "[{\"op\":\"replace\",\"path\":\"//\",\"value\":2}]", "{\"\":{\"\":2}}", NULL},

    {"an index with a leading zero", "[1,2]", "[{\"op\":\"remove\",\"path\":\"/01\"}]", NULL,
     "leading zero"},
    {"index 0 has no leading zero", "[1,2]", "[{\"op\":\"remove\",\"path\":\"/0\"}]", "[2]", NULL},
    {"a negative index", "[1,2]", "[{\"op\":\"remove\",\"path\":\"/-1\"}]", NULL,
     "is not an index of an array"},
    {"a signed index", "[1,2]", "[{\"op\":\"remove\",\"path\":\"/+1\"}]", NULL,
     "is not an index of an array"},
    {"an empty index", "[1]", "[{\"op\":\"remove\",\"path\":\"/\"}]", NULL,
     "is not an index of an array"},
    {"an index in a name's place", "[1]", "[{\"op\":\"add\",\"path\":\"/1e0\",\"value\":1}]", NULL,
     "is not an index of an array"},
    {"add at the end by index", "[1]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]", "[1,2]",
     NULL},
    {"add past the end", "[1]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":2}]", NULL,
     "past the end"},
    {"replace past the end", "[1]", "[{\"op\":\"replace\",\"path\":\"/1\",\"value\":2}]", NULL,
     "past the end"},
    {"an index past any machine's range", "[1]",
     "[{\"op\":\"add\",\"path\":\"/18446744073709551616\",\"value\":2}]", NULL, "past the end"},
    {"- cannot be removed", "[1]", "[{\"op\":\"remove\",\"path\":\"/-\"}]", NULL,
     "after the array's last item"},
    {"- cannot be replaced", "[1]", "[{\"op\":\"replace\",\"path\":\"/-\",\"value\":2}]", NULL,
     "after the array's last item"},
    {"- cannot be tested", "[1]", "[{\"op\":\"test\",\"path\":\"/-\",\"value\":1}]", NULL,
     "after the array's last item"},
    {"- cannot be a parent", "[{}]", "[{\"op\":\"add\",\"path\":\"/-/a\",\"value\":1}]", NULL,
     "after the array's last item"},
    {"- cannot be copied from", "[1]", "[{\"op\":\"copy\",\"from\":\"/-\",\"path\":\"/0\"}]", NULL,
     "after the array's last item"},
    {"- in an object is a name", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/-\",\"value\":2}]",
     "{\"a\":1,\"-\":2}", NULL},
    {"digits in an object are a name", "{}", "[{\"op\":\"add\",\"path\":\"/01\",\"value\":2}]",
     "{\"01\":2}", NULL},

    {"add replaces the whole document", "{\"a\":1}",
     "[{\"op\":\"add\",\"path\":\"\",\"value\":[]}]", "[]", NULL},
    {"replace replaces the whole document", "{\"a\":1}",
     "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"b\":2}},"
     "{\"op\":\"add\",\"path\":\"/c\",\"value\":3}]",
     "{\"b\":2,\"c\":3}", NULL},
    {"the whole document cannot be removed", "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]",
     NULL, "whole document"},
    {"the whole document can be tested", "{\"a\":[1,{}]}",
     "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":[1,{}]}}]", "{\"a\":[1,{}]}", NULL},
    {"add overwrites a member", "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":2}]",
     "{\"a\":2}", NULL},
    {"remove of a missing member", "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", NULL,
     "no member \"b\""},
    {"replace of a missing member", "{\"a\":1}",
     "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":2}]", NULL, "no member \"b\""},
    {"add under a string", "{\"a\":\"x\"}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":2}]",
     NULL, "neither an object nor an array"},
    {"add under null", "{\"a\":null}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":2}]", NULL,
     "neither an object nor an array"},
    {"remove under a number", "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a/0\"}]", NULL,
     "neither an object nor an array"},
    {"remove two levels under what is missing", "{}", "[{\"op\":\"remove\",\"path\":\"/a/b/c\"}]",
     NULL, "no member \"a\""},

    {"numbers are tested by value", "{\"a\":1,\"b\":[2.0]}",
     "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"b\":[2],\"a\":1.0}}]", "{\"a\":1,\"b\":[2.0]}",
     NULL},
    {"different numbers differ", "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.5}]",
     NULL, "not the one tested for"},
    {"true is not 1", "{\"a\":true}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]", NULL,
     "not the one tested for"},
    {"arrays are tested in order", "[[1,2]]", "[{\"op\":\"test\",\"path\":\"/0\",\"value\":[2,1]}]",
     NULL, "not the one tested for"},
    {"a shorter array differs", "[[1,2]]", "[{\"op\":\"test\",\"path\":\"/0\",\"value\":[1]}]",
     NULL, "not the one tested for"},
    {"an object with fewer members differs", "{\"a\":{\"b\":1,\"c\":2}}",
     "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"b\":1}}]", NULL, "not the one tested for"},
    {"a test of what is missing", "{}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]", NULL,
     "no member \"a\""},

    {"move into its own child", "{\"a\":{\"b\":{}}}",
     "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b/c\"}]", NULL, "moved into itself"},
    {"move of the whole document into itself", "{\"a\":1}",
     "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/b\"}]", NULL, "moved into itself"},
    {"move beside a name that it is a prefix of", "{\"a\":1,\"ab\":{}}",
     "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab/c\"}]", "{\"ab\":{\"c\":1}}", NULL},
    {"move onto itself", "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]",
     "{\"a\":1}", NULL},
    {"move onto itself of what is missing", "{}",
     "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", NULL, "no member \"a\""},
    {"move to the whole document", "{\"a\":{\"b\":1}}",
     "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"\"}]", "{\"b\":1}", NULL},
    {"move finds its place after the removal", "[1,2,3]",
     "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/3\"}]", NULL, "past the end"},
    {"copy into its own child", "{\"a\":{\"b\":1}}",
     "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/c\"}]", "{\"a\":{\"b\":1,\"c\":{\"b\":1}}}",
     NULL},
    {"a copy is a value of its own", "{\"a\":{\"b\":1}}",
     "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"},"
     "{\"op\":\"replace\",\"path\":\"/c/b\",\"value\":2}]",
     "{\"a\":{\"b\":1},\"c\":{\"b\":2}}", NULL},
    {"copy of what is missing", "{}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]", NULL,
     "no member \"a\""},
};

static json_t *load(const char *text)
{
    json_error_t where;
    json_t *value =
        json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);

    if (!value)
        print_error("%s: %s\n", where.text, text);
    assert_non_null(value);
    return value;
}

static void test_case(void **state)
{
    const struct apply_case *row = *state;
    json_t *document = load(row->document);
    json_t *before = json_deep_copy(document);
    json_t *patch = load(row->patch);
    json_t *patch_before = json_deep_copy(patch);
    struct error error = {0};
    json_t *result = apply_patch(document, patch, &error);

    if (row->expected) {
        json_t *expected = load(row->expected);
        assert_string_equal(error.text, "");
        assert_non_null(result);
        assert_true(json_equal(result, expected));
        json_decref(expected);
    } else {
        assert_null(result);
        assert_non_null(strstr(error.text, row->message));
    }
    assert_true(json_equal(document, before));
    assert_true(json_equal(patch, patch_before));
    json_decref(result);
    json_decref(document);
    json_decref(before);
    json_decref(patch);
    json_decref(patch_before);
}

// A.13: an operation with two "op" members. It never reaches the applier: readers must refuse it.
static void test_duplicate_op(void **state)
{
    json_error_t where;

    (void)state;
    assert_null(
        json_loads("[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]",
                   JSON_REJECT_DUPLICATES, &where));
    assert_int_equal(json_error_code(&where), json_error_duplicate_key);
}

// The added value belongs to the patch's owner. A later operation must not change the patch's copy.
static void test_value_is_copied(void **state)
{
    json_t *document = load("{}");
    json_t *patch = load("[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},"
                         "{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]");
    struct error error = {0};
    json_t *result = apply_patch(document, patch, &error);

    (void)state;
    assert_non_null(result);
    assert_int_equal(json_object_size(json_object_get(json_array_get(patch, 0), "value")), 0);
    json_decref(result);
    json_decref(patch);
    json_decref(document);
}

// Members keep the document's order, and a replaced value keeps its place.
static void test_order_is_kept(void **state)
{
    json_t *document = load("{\"z\":1,\"m\":2,\"a\":3}");
    json_t *patch = load("[{\"op\":\"replace\",\"path\":\"/z\",\"value\":9},"
                         "{\"op\":\"add\",\"path\":\"/b\",\"value\":0}]");
    struct error error = {0};
    json_t *result = apply_patch(document, patch, &error);
    char *text = json_dumps(result, JSON_COMPACT);

    (void)state;
    assert_string_equal(text, "{\"z\":9,\"m\":2,\"a\":3,\"b\":0}");
    free(text);
    json_decref(result);
    json_decref(patch);
    json_decref(document);
}

static void test_nul(void **state)
{
    json_t *document = load("{\"a\":1}");
    json_t *reads = load("[{\"op\":\"test\",\"path\":\"/a\\u0000\",\"value\":1}]");
    json_t *writes = load("[{\"op\":\"add\",\"path\":\"/a\\u0000\",\"value\":1}]");
    struct error error = {0};

    (void)state;
    assert_null(apply_patch(document, reads, &error));
    assert_non_null(strstr(error.text, "there is no member"));
    error = (struct error){0};
    assert_null(apply_patch(document, writes, &error));
    assert_non_null(strstr(error.text, "NUL"));
    json_decref(writes);
    json_decref(reads);
    json_decref(document);
}

static size_t allocations_left;

static void *counting_malloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

// Fails jansson's allocations one after the other. A failure must be reported, and must never give
// a wrong document.
static void test_memory_is_short(void **state)
{
    json_t *document = load("{\"a\":{\"b\":[1,2,3]},\"c\":\"d\"}");
    json_t *patch = load("[{\"op\":\"add\",\"path\":\"/a/b/-\",\"value\":{\"x\":[1]}},"
                         "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/e\"},"
                         "{\"op\":\"move\",\"from\":\"/c\",\"path\":\"/f\"},"
                         "{\"op\":\"replace\",\"path\":\"/e/b/0\",\"value\":\"y\"}]");
    json_t *expected = load("{\"a\":{\"b\":[1,2,3,{\"x\":[1]}]},"
                            "\"e\":{\"b\":[\"y\",2,3,{\"x\":[1]}]},\"f\":\"d\"}");
    json_t *result = NULL;
    size_t failures = 0;

    (void)state;
    json_set_alloc_funcs(counting_malloc, free);
    for (; !result; failures++) {
        struct error error = {0};
        assert_true(failures < 1000);
        allocations_left = failures;
        result = apply_patch(document, patch, &error);
        assert_true(result || error.set);
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(failures > 10);
    assert_true(json_equal(result, expected));
    json_decref(result);
    json_decref(expected);
    json_decref(patch);
    json_decref(document);
}

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_duplicate_op),    cmocka_unit_test(test_value_is_copied),
        cmocka_unit_test(test_order_is_kept),   cmocka_unit_test(test_nul),
        cmocka_unit_test(test_memory_is_short),
    };
    enum { OTHERS = sizeof(others) / sizeof(others[0]) };
    struct CMUnitTest tests[CASES + OTHERS];

    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = test_case, .initial_state = (void *)&cases[i]};
    memcpy(tests + CASES, others, sizeof(others));
    return _cmocka_run_group_tests("apply", tests, CASES + OTHERS, NULL, NULL);
}
