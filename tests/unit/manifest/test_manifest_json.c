// YAML as JSON: values, numbers as Go writes them, aliases and merge keys, bounds; and the review
// around an object.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "manifest/number.h"
#include "manifest/split.h"
#include "manifest/synthetic.h"
#include "manifest/to_json.h"
#include "json/value.h"

enum { ARENA = 256 * 1024 * 1024 };

// One row is one test; `json` NULL: an error that holds `origins`. In origins each node of the JSON
// is one letter: `.` its own text, `*` an alias, `b` borrowed.
struct json_case {
    const char *name;
    const char *yaml;
    const char *json;
    const char *origins;
};

static const struct json_case cases[] = {
    {"scalars", "[a, 'b', \"c\", 1, -0x10, 1_000, 0777, true, no, ~, 1.50, 08, 12:30:45]",
     "[\"a\",\"b\",\"c\",1,-16,1000,511,true,false,null,1.5,8,\"12:30:45\"]", NULL},
    {"block scalars", "a: |\n  x\n   y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\n y\\n\",\"b\":\"x y\"}",
     NULL},
    {"characters that JSON escapes", "\"\\\"\\\\/\\n\\t\\0\\x1f\\u00e9\\U0001F600\"",
     "\"\\\"\\\\/\\n\\t\\u0000\\u001f\xc3\xa9\xf0\x9f\x98\x80\"", NULL},
    {"keys become strings", "8080: a\non: b\n1.5: c\n",
     "{\"8080\":\"a\",\"true\":\"b\",\"1.5\":\"c\"}", NULL},
    {"order is the document's", "z: 1\na: {x: 2, b: 3}\n", "{\"z\":1,\"a\":{\"x\":2,\"b\":3}}",
     "........."},
    {"empty collections", "a: {}\nb: []\nc:\n", "{\"a\":{},\"b\":[],\"c\":null}", "......."},
    {"an unsigned past int64", "[18446744073709551615, 9223372036854775808]",
     "[18446744073709551615,9223372036854775808]", NULL},
    {"an integer past uint64", "[18446744073709551616]", "[18446744073709552000]", NULL},
    {"infinity", "a:\n  .inf\n", NULL, "2:3 JSON has no such number"},
    {"minus infinity", "-.inf", NULL, "1:1 JSON has no such number"},
    {"not a number", "[.nan]", NULL, "1:2 JSON has no such number"},
    {"an alias", "a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}", "......*bb"},
    {"an alias of a scalar", "a: &x 1\nc: *x\n", "{\"a\":1,\"c\":1}", "....*"},
    {"an alias inside an alias", "a: &x 1\nb: &y [*x]\nc: *y\n", "{\"a\":1,\"b\":[1],\"c\":[1]}",
     ".....*.*b"},
    {"a merge key", "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  m: 3\n",
     "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"k\":1,\"l\":2,\"m\":3}}", ".........bbbb.."},
    {"a later member overrides a merged one", "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
     "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"l\":2,\"k\":3}}", ".........bb.."},
    {"a merged member overrides an earlier one", "a: &x {k: 1}\nb: {k: 3, <<: *x}\n",
     "{\"a\":{\"k\":1},\"b\":{\"k\":1}}", ".......bb"},
    {"an inline mapping is merged", "b: {<<: {k: 1}, m: 2}\n", "{\"b\":{\"k\":1,\"m\":2}}",
     "...bb.."},
    {"a quoted << is an ordinary key", "b: {'<<': {k: 1}}\n", "{\"b\":{\"<<\":{\"k\":1}}}",
     "......."},
};

static char *origins_text(const struct converted *converted, const struct yaml_document *document)
{
    char *text = calloc(1, converted->count);

    for (uint32_t i = 1; i < converted->count; i++) {
        uint32_t origin = converted->origins[i];
        const struct yaml_node *node = &document->nodes[ORIGIN_NODE(origin)];
        text[i - 1] = origin & ORIGIN_BORROWED ? 'b' : node->type == YAML_ALIAS ? '*' : '.';
    }
    return text;
}

static void test_case(void **state)
{
    const struct json_case *row = *state;
    struct arena *arena = arena_new(ARENA);
    struct yaml_reader *reader = yaml_reader_new(slice_of(row->yaml));
    struct yaml_document document;
    struct converted converted;
    struct error error = {0};
    struct tape tape = {0};

    assert_int_equal(yaml_reader_next(reader, arena, &document, &error), 1);
    if (row->json) {
        assert_int_equal(to_json(&document, 0, arena, &converted, &error), 0);
        assert_string_equal(converted.json.data, row->json);
        assert_int_equal(tape_parse(&tape, converted.json, TAPE_FULL, &error), 0);
        assert_int_equal(tape.count, converted.count);
        if (row->origins) {
            char *origins = origins_text(&converted, &document);
            assert_string_equal(origins, row->origins);
            free(origins);
        }
    } else {
        char place[ERROR_TEXT_MAX + 32];
        assert_int_equal(to_json(&document, 0, arena, &converted, &error), -1);
        snprintf(place, sizeof(place), "%u:%u %s", error.line, error.column, error.text);
        assert_string_equal(place, row->origins);
    }
    tape_clear(&tape);
    yaml_reader_free(reader);
    arena_free(arena);
}

// What Go 1.22's encoding/json writes for these float64 values.
static void test_numbers(void **state)
{
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {1.0 / 3, "0.3333333333333333"},
        {100, "100"},
        {1234567.875, "1234567.875"},
        {1e20, "100000000000000000000"},
        {123456789012345678901.0, "123456789012345680000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {1e-6, "0.000001"},
        {0.000012345, "0.000012345"},
        {1e-7, "1e-7"},
        {1.25e-10, "1.25e-10"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
    };
    struct arena *arena = arena_new(ARENA);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text text;
        text_init(&text, arena, 1024);
        number_add(&text, rows[i].number);
        assert_string_equal(text_slice(&text).data, rows[i].text);
    }
    arena_free(arena);
}

// Aliases inside anchors nest deeper than the text does: 60 levels, 20 times over.
static void test_deep_aliases(void **state)
{
    struct arena *arena = arena_new(ARENA);
    struct text text;
    struct yaml_document document;
    struct converted converted;
    struct error error = {0};
    struct yaml_reader *reader;

    (void)state;
    text_init(&text, arena, 1024 * 1024);
    text_puts(&text, "a0: &a0 x\n");
    for (int i = 1; i <= 20; i++) {
        text_printf(&text, "a%d: &a%d ", i, i);
        for (int k = 0; k < 60; k++)
            text_putc(&text, '[');
        text_printf(&text, "*a%d", i - 1);
        for (int k = 0; k < 60; k++)
            text_putc(&text, ']');
        text_putc(&text, '\n');
    }
    reader = yaml_reader_new(text_slice(&text));
    assert_int_equal(yaml_reader_next(reader, arena, &document, &error), 1);
    assert_int_equal(to_json(&document, 0, arena, &converted, &error), -1);
    assert_string_equal(error.text, "aliases nest too deep");
    yaml_reader_free(reader);
    arena_free(arena);
}

static json_t *review_of(const char *yaml, const struct synthetic_options *options)
{
    struct splitter *splitter = splitter_new(slice_of(yaml));
    struct arena *arena = arena_new(ARENA);
    struct object object;
    struct tape tape = {0};
    struct error error = {0};
    struct slice body;
    json_t *review;

    assert_int_equal(splitter_next(splitter, &object, &error), 1);
    assert_int_equal(tape_parse(&tape, object.json, TAPE_FULL, &error), 0);
    body = synthetic_review(&object, value_root(&tape), options, arena, &error);
    assert_non_null(body.data);
    review = json_loadb(body.data, body.size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(review);
    tape_clear(&tape);
    arena_free(arena);
    splitter_free(splitter);
    return review;
}

static void assert_at(json_t *value, const char *path, const char *expected)
{
    char copy[256];
    char *rest = copy;
    char *text;

    snprintf(copy, sizeof(copy), "%s", path);
    for (char *key; (key = strsep(&rest, " "));)
        value = json_object_get(value, key);
    text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!expected)
        assert_null(text);
    else
        assert_string_equal(text ? text : "absent", expected);
    free(text);
}

#define APPLIED                                                                                    \
    "request object metadata annotations kubectl.kubernetes.io/last-applied-configuration"

static void test_create(void **state)
{
    static const struct synthetic_options options = {0};
    json_t *review =
        review_of("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n", &options);

    (void)state;
    assert_at(review, "kind", "\"AdmissionReview\"");
    assert_at(review, "apiVersion", "\"admission.k8s.io/v1\"");
    assert_at(review, "request kind",
              "{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"}");
    assert_at(review, "request resource",
              "{\"group\":\"apps\",\"version\":\"v1\",\"resource\":\"deployments\"}");
    assert_at(review, "request operation", "\"CREATE\"");
    assert_at(review, "request name", "\"web\"");
    assert_at(review, "request namespace", "\"default\"");
    assert_at(review, "request oldObject", "null");
    assert_at(review, "request object metadata namespace", "\"default\"");
    assert_at(review, "request object spec progressDeadlineSeconds", "600");
    assert_at(review, APPLIED,
              "\"{\\\"apiVersion\\\":\\\"apps/v1\\\",\\\"kind\\\":\\\"Deployment\\\","
              "\\\"metadata\\\":{\\\"name\\\":\\\"web\\\",\\\"annotations\\\":{}}}\\n\"");
    json_decref(review);
}

static void test_no_evidence(void **state)
{
    struct synthetic_options options = {.evidence = SYNTHETIC_NONE, .namespace = SLICE("shop")};
    json_t *review = review_of(
        "apiVersion: example.org/v1\nkind: Widget\nmetadata: {generateName: w}\n", &options);

    (void)state;
    assert_at(review, "request resource",
              "{\"group\":\"example.org\",\"version\":\"v1\",\"resource\":\"widgets\"}");
    assert_at(review, "request name", NULL);
    assert_at(review, "request namespace", "\"shop\"");
    assert_at(review, "request object metadata", "{\"generateName\":\"w\",\"namespace\":\"shop\"}");
    json_decref(review);
}

// An object from a cluster is an UPDATE, and shows itself what was declared.
static void test_update(void **state)
{
    static const char text[] =
        "apiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: web, namespace: shop, uid: u, annotations: {a: b}}\n"
        "spec: {replicas: 3, template: {x: 1}}\nstatus: {}\n";
    struct synthetic_options options = {.namespace = SLICE("other")};
    json_t *review = review_of(text, &options);

    (void)state;
    assert_at(review, "request operation", "\"UPDATE\"");
    assert_at(review, "request namespace", "\"shop\"");
    assert_at(review, "request object metadata annotations", "{\"a\":\"b\"}");
    assert_at(review, "request oldObject spec", "{\"replicas\":3,\"template\":null}");
    assert_at(review, "request oldObject metadata uid", "\"u\"");
    json_decref(review);

    options.operation = OPERATION_CREATE;
    review = review_of(text, &options);
    assert_at(review, "request operation", "\"CREATE\"");
    assert_at(review, "request oldObject", "null");
    json_decref(review);
}

static void test_update_of_service(void **state)
{
    struct synthetic_options options = {.operation = OPERATION_UPDATE};
    json_t *review = review_of("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
                               "spec: {type: LoadBalancer, ports: [{port: 80}]}\n",
                               &options);

    (void)state;
    assert_at(review, "request oldObject spec", "{\"type\":\"LoadBalancer\",\"ports\":null}");
    assert_at(review, "request object spec ports",
              "[{\"port\":80,\"protocol\":\"TCP\",\"targetPort\":80}]");
    assert_at(review, "request options",
              "{\"kind\":\"UpdateOptions\",\"apiVersion\":\"meta.k8s.io/v1\"}");
    json_decref(review);
}

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_deep_aliases),
        cmocka_unit_test(test_create),  cmocka_unit_test(test_no_evidence),
        cmocka_unit_test(test_update),  cmocka_unit_test(test_update_of_service),
    };
    enum { OTHERS = sizeof(others) / sizeof(others[0]) };
    struct CMUnitTest tests[CASES + OTHERS];

    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = test_case, .initial_state = (void *)&cases[i]};
    memcpy(tests + CASES, others, sizeof(others));
    return _cmocka_run_group_tests("manifest as JSON", tests, CASES + OTHERS, NULL, NULL);
}
