// Compares the API's defaults from manifest/defaults.c with the objects that a real apiserver sent
// to a webhook for the same manifests.
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
#include "manifest/defaults.h"
#include "manifest/read.h"
#include "manifest/split.h"

#define CORPUS "../shared/corpus"

enum { ARENA = 64 * 1024 * 1024 };

static struct slice with_defaults(struct slice json, struct slice api_version, struct slice kind,
                                  struct arena *arena)
{
    static const struct defaults_context context = {.namespace = {"\"default\"", 9}};
    struct tape tape = {0};
    struct error error = {0};
    struct text text;

    assert_int_equal(tape_parse(&tape, json, TAPE_FULL, &error), 0);
    text_init(&text, arena, ARENA);
    defaults_add(&text, value_root(&tape), api_version, kind, &context);
    tape_clear(&tape);
    return text_slice(&text);
}

struct defaults_case {
    const char *name;
    const char *api_version;
    const char *kind;
    const char *json;
    const char *expected;
};

#define NAMESPACE "\"metadata\":{\"namespace\":\"default\"}"
#define POD                                                                                        \
    "\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,"                           \
    "\"dnsPolicy\":\"ClusterFirst\",\"securityContext\":{},"                                       \
    "\"schedulerName\":\"default-scheduler\""
#define DEPLOYMENT(spec) "{" NAMESPACE ",\"spec\":{\"template\":{\"spec\":{" POD "}}," spec "}}"
#define ROLLING                                                                                    \
    "\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":\"25%\","      \
    "\"maxSurge\":\"25%\"}}"

static const struct defaults_case cases[] = {
    {"an empty Deployment", "apps/v1", "Deployment", "{}",
     "{" NAMESPACE ",\"spec\":{\"replicas\":1,\"template\":{\"spec\":{" POD "}}," ROLLING
     ",\"revisionHistoryLimit\":10,\"progressDeadlineSeconds\":600}}"},
    {"an empty StatefulSet", "apps/v1", "StatefulSet", "{}",
     "{" NAMESPACE ",\"spec\":{\"replicas\":1,\"template\":{\"spec\":{" POD "}},"
     "\"podManagementPolicy\":\"OrderedReady\",\"updateStrategy\":{\"type\":\"RollingUpdate\","
     "\"rollingUpdate\":{\"partition\":0}},\"revisionHistoryLimit\":10,"
     "\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Retain\","
     "\"whenScaled\":\"Retain\"}}}"},
    {"an empty DaemonSet", "apps/v1", "DaemonSet", "{}",
     "{\"metadata\":{\"namespace\":\"default\",\"annotations\":"
     "{\"deprecated.daemonset.template.generation\":\"0\"}},\"spec\":{\"template\":{\"spec\":{" POD
     "}},\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":"
     "{\"maxUnavailable\":1,\"maxSurge\":0}},\"revisionHistoryLimit\":10}}"},
    {"zero is a value where the API has a pointer", "apps/v1", "Deployment",
     DEPLOYMENT("\"replicas\":0,\"revisionHistoryLimit\":0,\"progressDeadlineSeconds\":0,"
                "\"strategy\":{\"type\":\"Recreate\"}"),
     DEPLOYMENT("\"replicas\":0,\"revisionHistoryLimit\":0,\"progressDeadlineSeconds\":0,"
                "\"strategy\":{\"type\":\"Recreate\"}")},
    {"null is no value", "apps/v1", "Deployment",
     DEPLOYMENT("\"replicas\":null,\"revisionHistoryLimit\":1,\"progressDeadlineSeconds\":1,"
                "\"strategy\":null"),
     DEPLOYMENT(
         "\"replicas\":1,\"revisionHistoryLimit\":1,\"progressDeadlineSeconds\":1," ROLLING)},
    {"half a rolling update", "apps/v1", "Deployment",
     DEPLOYMENT("\"replicas\":1,\"revisionHistoryLimit\":1,\"progressDeadlineSeconds\":1,"
                "\"strategy\":{\"rollingUpdate\":{\"maxSurge\":1}}"),
     DEPLOYMENT("\"replicas\":1,\"revisionHistoryLimit\":1,\"progressDeadlineSeconds\":1,"
                "\"strategy\":{\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":\"25%\"},"
                "\"type\":\"RollingUpdate\"}")},
    {"the last of two members counts", "v1", "Service",
     "{" NAMESPACE ",\"spec\":{\"type\":\"LoadBalancer\",\"type\":\"ExternalName\"}}",
     "{" NAMESPACE ",\"spec\":{\"type\":\"LoadBalancer\",\"type\":\"ExternalName\","
     "\"sessionAffinity\":\"None\"}}"},
    {"a Service's port", "v1", "Service",
     "{" NAMESPACE ",\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80},"
     "{\"port\":81,\"targetPort\":0},"
     "{\"port\":8e1,\"targetPort\":\"http\",\"protocol\":\"UDP\"}]}}",
     "{" NAMESPACE ",\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,"
     "\"protocol\":\"TCP\",\"targetPort\":80},{\"port\":81,\"targetPort\":81,\"protocol\":\"TCP\"},"
     "{\"port\":8e1,\"targetPort\":\"http\",\"protocol\":\"UDP\"}],\"sessionAffinity\":\"None\","
     "\"externalTrafficPolicy\":\"Cluster\",\"internalTrafficPolicy\":\"Cluster\"}}"},
    {"session affinity by client", "v1", "Service",
     "{" NAMESPACE ",\"spec\":{\"type\":\"ExternalName\",\"sessionAffinity\":\"ClientIP\"}}",
     "{" NAMESPACE ",\"spec\":{\"type\":\"ExternalName\",\"sessionAffinity\":\"ClientIP\","
     "\"sessionAffinityConfig\":{\"clientIP\":{\"timeoutSeconds\":10800}}}}"},
    {"the user's own bytes stay", "v1", "Secret",
     "{ " NAMESPACE ", \"x\" : [ 1.0, 1e400, \"\\u0041\\u0000\" ] }",
     "{" NAMESPACE ",\"x\":[ 1.0, 1e400, \"\\u0041\\u0000\" ]}"},
    {"the namespace is filled in", "v1", "ConfigMap", "{\"metadata\":{\"name\":\"a\"},\"data\":{}}",
     "{\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"},\"data\":{}}"},
    {"another version has no table", "extensions/v1beta1", "Deployment",
     "{" NAMESPACE ",\"spec\":{}}", "{" NAMESPACE ",\"spec\":{}}"},
    {"what is no object stays as it is", "apps/v1", "Deployment",
     "{" NAMESPACE ",\"spec\":[1,null,\"a\"]}", "{" NAMESPACE ",\"spec\":[1,null,\"a\"]}"},
};

static void test_case(void **state)
{
    const struct defaults_case *row = *state;
    struct arena *arena = arena_new(ARENA);
    struct slice text =
        with_defaults(slice_of(row->json), slice_of(row->api_version), slice_of(row->kind), arena);

    assert_string_equal(text.data, row->expected);
    arena_free(arena);
}

static void test_pull_policy(void **state)
{
    static const struct {
        const char *image;
        bool always;
    } rows[] = {
        {"nginx", true},
        {"nginx:latest", true},
        {"nginx:1.27", false},
        {"registry.example:5000/team/app", true},
        {"registry.example:5000/team/app:v2", false},
        {"localhost/app", true},
        {"Registry/app:latest", true},
        {"app@sha256:0123456789abcdef", false},
        {"app:latest@sha256:0123456789abcdef", true},
        {"App", false},
        {"team/App:latest", false},
        {"$(IMAGE)", false},
        {"", false},
    };
    struct arena *arena = arena_new(ARENA);
    char json[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(json, sizeof(json),
                 "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"image\":\"%s\"}]}}}}",
                 rows[i].image);
        struct slice text =
            with_defaults(slice_of(json), SLICE("apps/v1"), SLICE("Deployment"), arena);
        bool always = strstr(text.data, "\"imagePullPolicy\":\"Always\"") != NULL;
        if (always != rows[i].always)
            print_error("%s\n", rows[i].image);
        assert_true(always == rows[i].always);
        assert_true(always || strstr(text.data, "\"imagePullPolicy\":\"IfNotPresent\""));
    }
    arena_free(arena);
}

// A quantity in its base unit (apimachinery's resource.Quantity), as far as the corpus goes.
static double quantity(const json_t *value)
{
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {{"", 1},
                 {"m", 1e-3},
                 {"k", 1e3},
                 {"M", 1e6},
                 {"G", 1e9},
                 {"T", 1e12},
                 {"Ki", 1024},
                 {"Mi", 1024.0 * 1024},
                 {"Gi", 1024.0 * 1024 * 1024}};
    char *end;
    double number;

    if (json_is_number(value))
        return json_number_value(value);
    number = strtod(json_string_value(value), &end);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!strcmp(end, units[i].suffix))
            return number * units[i].factor;
    }
    fail_msg("no quantity: %s", json_string_value(value));
    return 0;
}

// The differences that are allowed, each one that no decision of ours looks at:
// - null, and empty strings, lists and objects: the API's types leave them out (omitempty);
static bool is_nothing(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static bool is_integer_zero(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) == 0;
}

// - so they do with these fields' zeros;
static bool is_zero(const char *key, const json_t *value)
{
    return (!strcmp(key, "readOnly") && json_is_false(value)) ||
           (!strcmp(key, "initialDelaySeconds") && is_integer_zero(value)) ||
           (!strcmp(key, "nodePort") && is_integer_zero(value));
}

// - quantities, of which the API writes a canonical form;
static void unify_quantities(json_t *list)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(list, next, key, value)
        json_object_set_new(list, key, json_real(quantity(value)));
}

// - the deprecated serviceAccount, where the user's differs from their serviceAccountName;
// - a field that the API does not know.
static void unify(json_t *value)
{
    const char *key;
    json_t *member;
    void *next;
    size_t index;

    if (json_is_array(value)) {
        json_array_foreach(value, index, member) unify(member);
        return;
    }
    if (json_object_get(value, "containers"))
        json_object_del(value, "serviceAccount");
    json_object_del(value, "$patch");
    json_object_foreach_safe(value, next, key, member)
    {
        if ((!strcmp(key, "limits") || !strcmp(key, "requests")) && json_is_object(member))
            unify_quantities(member);
        unify(member);
        if (is_nothing(member) || is_zero(key, member))
            json_object_del(value, key);
    }
}

// What a real server fills in besides defaults.
static void drop_metadata(json_t *object)
{
    static const char *const members[] = {"managedFields", "creationTimestamp", "uid",
                                          "generation",    "resourceVersion",   "selfLink"};
    json_t *metadata = json_object_get(object, "metadata");

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        json_object_del(metadata, members[i]);
    json_object_del(object, "status");
}

static void print_first_difference(const char *path, const json_t *ours, const json_t *genuine)
{
    const char *key;
    json_t *value;
    char below[512];

    json_object_foreach((json_t *)genuine, key, value)
    {
        if (json_equal(json_object_get(ours, key), value))
            continue;
        snprintf(below, sizeof(below), "%s.%s", path, key);
        print_first_difference(below, json_object_get(ours, key), value);
        return;
    }
    print_message("#   at %s\n", path);
}

struct agreement {
    unsigned compared;
    unsigned agreed;
};

static void compare(struct agreement *agreement, const char *review, const char *source,
                    struct slice text, json_t *genuine)
{
    json_t *ours = json_loadb(text.data, text.size, JSON_ALLOW_NUL, NULL);

    assert_non_null(ours);
    drop_metadata(ours);
    drop_metadata(genuine);
    unify(ours);
    unify(genuine);
    agreement->compared++;
    if (json_equal(ours, genuine)) {
        agreement->agreed++;
    } else {
        print_message("# %s %s\n", review, source);
        print_first_difference("", ours, genuine);
    }
    json_decref(ours);
}

static bool is_same(const struct object *object, json_t *genuine)
{
    const char *kind = json_string_value(json_object_get(genuine, "kind"));
    const char *name =
        json_string_value(json_object_get(json_object_get(genuine, "metadata"), "name"));
    json_t *ours = json_loadb(object->json.data, object->json.size, JSON_ALLOW_NUL, NULL);
    const char *our_name =
        json_string_value(json_object_get(json_object_get(ours, "metadata"), "name"));
    bool same = slice_is(object->kind, kind) && name && our_name && !strcmp(name, our_name);

    json_decref(ours);
    return same;
}

static void compare_review(struct agreement *agreement, const char *review, const char *source)
{
    struct arena *arena = arena_new(ARENA);
    struct splitter *splitter;
    struct object object;
    struct error error = {0};
    struct slice bytes;
    char path[512];
    json_t *body;
    json_t *genuine;
    int found;

    snprintf(path, sizeof(path), CORPUS "/reviews/%s", review);
    body = json_load_file(path, JSON_ALLOW_NUL, NULL);
    assert_non_null(body);
    genuine = json_object_get(json_object_get(body, "request"), "object");
    snprintf(path, sizeof(path), CORPUS "/manifests/%s", source);
    assert_int_equal(input_read(path, &bytes, &error), 0);
    splitter = splitter_new(bytes);
    while ((found = splitter_next(splitter, &object, &error)) == 1 && !is_same(&object, genuine))
        ;
    if (found != 1)
        print_message("# not found %s %s %s\n", review, source, error.text);
    else
        compare(agreement, review, source,
                with_defaults(object.json, object.api_version, object.kind, arena), genuine);
    splitter_free(splitter);
    free((char *)bytes.data);
    json_decref(body);
    arena_free(arena);
}

static void test_corpus(void **state)
{
    FILE *index = fopen(CORPUS "/reviews/index.tsv", "r");
    struct agreement agreement = {0};
    char line[2048];

    (void)state;
    if (!index) {
        print_message("# no corpus at " CORPUS "\n");
        skip();
    }
    while (fgets(line, sizeof(line), index)) {
        char *columns[9] = {0};
        char *rest = line;
        for (size_t i = 0; i < 9; i++)
            columns[i] = strsep(&rest, "\t\n");
        if (columns[6] && !strcmp(columns[6], "CREATE"))
            compare_review(&agreement, columns[0], columns[1]);
    }
    fclose(index);
    print_message("# defaults agree for %u of %u genuine objects\n", agreement.agreed,
                  agreement.compared);
    assert_true(agreement.compared > 900);
    assert_int_equal(agreement.agreed, agreement.compared);
}

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_pull_policy),
        cmocka_unit_test(test_corpus),
    };
    enum { OTHERS = sizeof(others) / sizeof(others[0]) };
    struct CMUnitTest tests[CASES + OTHERS];

    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = test_case, .initial_state = (void *)&cases[i]};
    memcpy(tests + CASES, others, sizeof(others));
    return _cmocka_run_group_tests("defaults", tests, CASES + OTHERS, NULL, NULL);
}
