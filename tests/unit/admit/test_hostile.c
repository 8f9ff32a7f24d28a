// Reviews that try to exhaust the stack or the time: each is answered at once. If a limit is
// missing, a review takes minutes and fails by the run's time-out, or it exhausts the stack and
// crashes.
#include <time.h>

#include "tests/unit/engine_fixture.h"

enum {
    SIZE = 3 * 1000 * 1000,
    LABELS = 100 * 1000,
    SECONDS_MAX = 20
}; // with ASan; a missing limit takes minutes

struct builder {
    char *at;
    char *start;
};

static void put(struct builder *builder, const char *text)
{
    size_t size = strlen(text);
    memcpy(builder->at, text, size + 1);
    builder->at += size;
}

// Each time with a different number between `before` and `after`.
static void put_many(struct builder *builder, const char *before, const char *after, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        builder->at += sprintf(builder->at, "%s%x%s", before, i, after);
}

static void begin(struct builder *builder, const char *annotation)
{
    builder->start = builder->at = malloc(3 * SIZE);
    put(builder,
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
        "\"uid\":\"1-2-3\",\"kind\":{\"group\":\"apps\",\"kind\":\"Deployment\"},"
        "\"operation\":\"CREATE\",\"object\":{\"metadata\":{\"name\":\"web\","
        "\"annotations\":{\"");
    put(builder, annotation);
    put(builder, "\":\"");
}

static void end(struct builder *builder, unsigned labels, const char *pod_spec)
{
    put(builder, "\"}},\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"");
    put_many(builder, ",\"", "\":\"\"", labels);
    put(builder, "}},\"spec\":{\"containers\":[{\"name\":\"app\",\"ports\":["
                 "{\"containerPort\":80}]}]");
    put(builder, pod_spec);
    put(builder, "}}}}}}");
}

// The answer's outcome for rollingUpdate.
static enum reason answer(struct builder *builder)
{
    struct policy *policy = fixture_policy("default");
    struct scratch *scratch = scratch_new();
    struct admission admission;
    clock_t started = clock();
    admit(scratch, &rules_table, policy, slice_of(builder->start), &admission);
    assert_true(clock() - started < SECONDS_MAX * CLOCKS_PER_SEC);
    assert_true(admission.allowed);
    if (admission.reason != REASON_NONE)
        fail_msg("%s: %s", reason_name(admission.reason), admission.error.text);
    assert_true(admission.patch.size > 0);
    enum reason reason = REASON_NONE;
    for (uint32_t i = 0; i < admission.outcome_count; i++)
        if (strcmp(admission.outcomes[i].rule->name, "rollingUpdate") == 0)
            reason = admission.outcomes[i].finding.reason;
    scratch_free(scratch);
    policy_free(policy);
    free(builder->start);
    return reason;
}

static void test_deep_bookkeeping(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "evenkeel.dev/injected");
    put(&builder, "{\\\"a");
    put_many(&builder, ".", "", SIZE / 8);
    put(&builder, "\\\":1}");
    end(&builder, 0, "");
    assert_int_equal(answer(&builder), REASON_UNSET);
}

// Within the size that the API allows.
static void test_deep_bookkeeping_of_legal_size(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "evenkeel.dev/injected");
    put(&builder, "{\\\"a");
    put_many(&builder, "[", "]", 40 * 1000);
    put(&builder, "\\\":1}");
    end(&builder, 0, "");
    assert_int_equal(answer(&builder), REASON_UNSET);
}

static void test_many_bookkeeping_entries(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "evenkeel.dev/injected");
    put(&builder, "{\\\"a\\\":1");
    put_many(&builder, ",\\\"", "\\\":1", 200 * 1000);
    put(&builder, "}");
    end(&builder, 0, "");
    assert_int_equal(answer(&builder), REASON_UNSET);
}

static void test_many_labels_and_terms(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "a");
    end(&builder, LABELS,
        ",\"affinity\":{\"podAntiAffinity\":{"
        "\"requiredDuringSchedulingIgnoredDuringExecution\":[{}");
    builder.at -= strlen("}}}}}}");
    put_many(&builder, ",{\"labelSelector\":{\"matchLabels\":{\"x\":\"", "\"}}}", 30 * 1000);
    put(&builder, "]}}}}}}}}");
    assert_int_equal(answer(&builder), REASON_SELF_ANTI_AFFINITY);
}

static void test_many_labels_and_expressions(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "a");
    end(&builder, LABELS,
        ",\"topologySpreadConstraints\":[{\"whenUnsatisfiable\":\"DoNotSchedule\","
        "\"topologyKey\":\"kubernetes.io/hostname\",\"labelSelector\":{\"matchExpressions\":["
        "{\"key\":\"x\",\"operator\":\"DoesNotExist\"}");
    builder.at -= strlen("}}}}}}");
    put_many(&builder, ",{\"key\":\"x", "\",\"operator\":\"DoesNotExist\"}", 30 * 1000);
    put(&builder, "]}}]}}}}}}");
    assert_int_equal(answer(&builder), REASON_TOPOLOGY_SPREAD);
}

// Each container asks many questions, and each looks into all entries.
static void test_many_appliers(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "a");
    put(&builder, "\"},\"managedFields\":[{}");
    put_many(&builder, ",{\"manager\":\"m",
             "\",\"operation\":\"Apply\",\"fieldsV1\":{\"f:spec\":{\"f:template\":{\"f:spec\":{"
             "\"f:containers\":{\"k:{\\\"name\\\":\\\"app\\\"}\":{\"f:name\":{}}}}}}}}",
             400);
    put(&builder, "],\"z\":{\"z\":\"");
    end(&builder, 0, "");
    builder.at -= strlen("]}}}}}}");
    put_many(&builder, ",{\"name\":\"c", "\",\"ports\":[{\"containerPort\":81}]}", 63);
    put(&builder, "]}}}}}}");
    assert_int_equal(answer(&builder), REASON_UNSET);
}

// Longer than any name that the API takes, where fieldsV1 is looked into.
static void test_long_name(void **state)
{
    (void)state;
    struct builder builder;
    begin(&builder, "a");
    put(&builder, "\"},\"managedFields\":[{\"operation\":\"Apply\",\"fieldsV1\":{\"f:spec\":{"
                  "\"f:template\":{\"f:spec\":{\"f:containers\":{\"f:x\":{}}}}}}}],"
                  "\"z\":{\"z\":\"");
    end(&builder, 0, "");
    builder.at -= strlen("]}}}}}}");
    put(&builder, ",{\"name\":\"");
    put_many(&builder, "long", "", 1000);
    put(&builder, "\",\"ports\":[{\"containerPort\":81}]}]}}}}}}");
    assert_int_equal(answer(&builder), REASON_UNSET);
}

// A POST without a length. fuzz_http found that its body was read from an invalid place.
static void test_no_body(void **state)
{
    (void)state;
    struct policy *policy = fixture_policy("default");
    struct scratch *scratch = scratch_new();
    struct admission admission;
    admit(scratch, &rules_table, policy, (struct slice){NULL, 0}, &admission);
    assert_int_equal(admission.reason, REASON_UNREADABLE);
    assert_int_equal(admission.uid.size, 0);
    assert_int_equal(admission.response.size, 0);
    scratch_free(scratch);
    policy_free(policy);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_body),
        cmocka_unit_test(test_deep_bookkeeping),
        cmocka_unit_test(test_deep_bookkeeping_of_legal_size),
        cmocka_unit_test(test_many_bookkeeping_entries),
        cmocka_unit_test(test_many_labels_and_terms),
        cmocka_unit_test(test_many_labels_and_expressions),
        cmocka_unit_test(test_many_appliers),
        cmocka_unit_test(test_long_name),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
