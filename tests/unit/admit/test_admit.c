// Odd, broken and hostile reviews: each gets a well-formed answer with the right uid, and changes
// only what it should.
#include "tests/unit/engine_fixture.h"

// A review of one Deployment, cut where cases differ.
#define POD(containers)                                                                            \
    "\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{"                         \
    "\"containers\":" containers ",\"terminationGracePeriodSeconds\":30}}"
#define APP "[{\"name\":\"app\",\"image\":\"web:1\",\"ports\":[{\"containerPort\":80}]}]"
#define SPEC(template)                                                                             \
    "{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"strategy\":{\"type\":"     \
    "\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"}},"      \
    "\"progressDeadlineSeconds\":600," template "}"
#define OBJECT(metadata, spec)                                                                     \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":" metadata ",\"spec\":" spec \
    "}"
#define NAMED "{\"name\":\"web\",\"namespace\":\"default\"}"
#define REVIEW(uid, operation, object, rest)                                                       \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"                             \
    "v1\",\"request\":{\"uid\":" uid                                                               \
    ",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},\"namespace\":"     \
    "\"default\",\"name\":\"web\",\"operation\":\"" operation "\",\"object\":" object rest "}}"
#define CREATE(object) REVIEW("\"1-2-3\"", "CREATE", object, "")
#define PLAIN OBJECT(NAMED, SPEC(POD(APP)))

static const struct oddity {
    const char *name;
    const char *body;
    bool patched;
    enum reason reason;
} oddities[] = {
    {"a plain Deployment is patched", CREATE(PLAIN), true, REASON_NONE},
    {"DELETE has no object", REVIEW("\"1-2-3\"", "DELETE", "null", ",\"oldObject\":" PLAIN), false,
     REASON_OPERATION},
    {"CONNECT", REVIEW("\"1-2-3\"", "CONNECT", PLAIN, ""), false, REASON_OPERATION},
    {"an operation nobody knows", REVIEW("\"1-2-3\"", "PATCH", PLAIN, ""), false, REASON_OPERATION},
    {"a subresource", REVIEW("\"1-2-3\"", "UPDATE", PLAIN, ",\"subResource\":\"scale\""), false,
     REASON_OPERATION},
    {"an UPDATE that changes nothing",
     REVIEW("\"1-2-3\"", "UPDATE", PLAIN, ",\"oldObject\":" PLAIN), false, REASON_SPEC_UNCHANGED},
    {"an UPDATE without oldObject", REVIEW("\"1-2-3\"", "UPDATE", PLAIN, ",\"oldObject\":null"),
     true, REASON_NONE},
    {"CREATE without object", CREATE("null"), false, REASON_MALFORMED},
    {"an object that is a list", CREATE("[]"), false, REASON_MALFORMED},
    {"an object that is a string", CREATE("\"Deployment\""), false, REASON_MALFORMED},
    {"no containers", CREATE(OBJECT(NAMED, SPEC(POD("[]")))), false, REASON_MALFORMED},
    {"null containers", CREATE(OBJECT(NAMED, SPEC(POD("null")))), false, REASON_MALFORMED},
    {"containers that are no objects", CREATE(OBJECT(NAMED, SPEC(POD("[1,null]")))), false,
     REASON_MALFORMED},
    {"a template without spec",
     CREATE(OBJECT(NAMED, SPEC("\"template\":{\"metadata\":{\"labels\":{}}}"))), false,
     REASON_MALFORMED},
    {"metadata null", CREATE(OBJECT("null", SPEC(POD(APP)))), false, REASON_MALFORMED},
    {"spec missing", CREATE("{\"metadata\":" NAMED "}"), false, REASON_MALFORMED},
    {"duplicate container names",
     CREATE(OBJECT(
         NAMED,
         SPEC(POD("[{\"name\":\"a\",\"ports\":[{\"containerPort\":1}]},{\"name\":\"a\"}]")))),
     false, REASON_MALFORMED},
    {"a container without name",
     CREATE(OBJECT(NAMED, SPEC(POD("[{\"ports\":[{\"containerPort\":1}]}]")))), false,
     REASON_MALFORMED},
    {"generateName", CREATE(OBJECT("{\"generateName\":\"web-\"}", SPEC(POD(APP)))), true,
     REASON_NONE},
    {"annotations null", CREATE(OBJECT("{\"name\":\"web\",\"annotations\":null}", SPEC(POD(APP)))),
     true, REASON_NONE},
    {"a NUL in an annotation's key and value",
     CREATE(OBJECT("{\"name\":\"web\",\"annotations\":{\"a\":\"x\\u0000y\"}}", SPEC(POD(APP)))),
     true, REASON_NONE},
    {"lifecycle null and probes null",
     CREATE(OBJECT(NAMED,
                   SPEC(POD("[{\"name\":\"app\",\"ports\":[{\"containerPort\":80}],\"lifecycle\":"
                            "null,\"readinessProbe\":null}]")))),
     true, REASON_NONE},
    {"strategy null", CREATE(OBJECT(NAMED, "{\"strategy\":null," POD(APP) "}")), true, REASON_NONE},
    {"a lifecycle that is a list cannot be patched",
     CREATE(OBJECT(NAMED, SPEC(POD("[{\"name\":\"app\",\"lifecycle\":[]}]")))), false,
     REASON_MALFORMED},
    {"annotations that are a string cannot be patched",
     CREATE(OBJECT("{\"name\":\"web\",\"annotations\":\"x\"}", SPEC(POD(APP)))), false,
     REASON_MALFORMED},
    {"an object being deleted",
     CREATE(OBJECT("{\"name\":\"web\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"}",
                   SPEC(POD(APP)))),
     false, REASON_DELETING},
    {"opted out",
     CREATE(OBJECT("{\"name\":\"web\",\"annotations\":{\"evenkeel.dev/inject\":\"false\"}}",
                   SPEC(POD(APP)))),
     false, REASON_OPTED_OUT},
    {"owned by another controller",
     CREATE(
         OBJECT("{\"name\":\"web\",\"ownerReferences\":[{\"controller\":true}]}", SPEC(POD(APP)))),
     false, REASON_OWNED},
    {"bookkeeping that is no JSON",
     CREATE(OBJECT("{\"name\":\"web\",\"annotations\":{\"evenkeel.dev/injected\":\"{\"}}",
                   SPEC(POD(APP)))),
     true, REASON_NONE},
    {"bookkeeping of places that are not",
     CREATE(
         OBJECT("{\"name\":\"web\",\"annotations\":{\"evenkeel.dev/"
                "injected\":\"{\\\"[\\\":1,\\\"a[b\\\":1,"
                "\\\"spec..x\\\":1,\\\"\\\":1,\\\"spec.template.spec.containers[no].x\\\":2}\"}}",
                SPEC(POD(APP)))),
     true, REASON_NONE},
    {"bookkeeping of the bookkeeping",
     CREATE(
         OBJECT("{\"name\":\"web\",\"annotations\":{\"evenkeel.dev/history\":\"{}\",\"evenkeel.dev/"
                "injected\":\"{\\\"metadata.annotations[evenkeel.dev/history]\\\":\\\"{}\\\"}\"}}",
                SPEC(POD(APP)))),
     true, REASON_NONE},
    {"another version of the review",
     "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"
     "v1beta1\",\"request\":{\"uid\":\"1-2-3\"}}",
     false, REASON_UNREADABLE},
    {"cut off behind the uid",
     "{\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"1-2-3\",\"object\":{\"a\":", false,
     REASON_UNREADABLE},
    {"a bad escape behind the uid", "{\"request\":{\"uid\":\"1-2-3\",\"x\":\"\\q\"}}", false,
     REASON_UNREADABLE},
};

static void test_oddity(void **state)
{
    const struct oddity *oddity = *state;
    struct policy *policy = fixture_policy("default");
    struct scratch *scratch = scratch_new();
    struct admission admission;
    struct answered answered = fixture_admit(scratch, policy, slice_of(oddity->body), &admission);
    assert_non_null(answered.response);
    assert_string_equal(json_string_value(json_object_get(answered.response, "uid")), "1-2-3");
    assert_true(json_is_true(json_object_get(answered.response, "allowed")));
    assert_string_equal(reason_name(admission.reason), reason_name(oddity->reason));
    assert_int_equal(answered.patch != NULL, oddity->patched);
    if (answered.patch != NULL) {
        json_t *review = json_loads(oddity->body, JSON_ALLOW_NUL, NULL);
        json_t *object = json_object_get(json_object_get(review, "request"), "object");
        json_decref(fixture_apply(object, answered.patch));
        json_decref(review);
    }
    answered_clear(&answered);
    scratch_free(scratch);
    policy_free(policy);
}

static void test_no_uid(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "{}",
        "null",
        "[1,2",
        "{\"request\":{\"uid\":\"\"}}",
        "{\"request\":{\"uid\":7}}",
        "{\"request\":{\"uid\":\"a\\\"b\"}}",
        "{\"uid\":\"1-2-3\"",
        "{\"request\":{\"object\":{\"uid\":\"1-2-3\"",
    };
    struct policy *policy = fixture_policy("default");
    struct scratch *scratch = scratch_new();
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct admission admission;
        struct answered answered = fixture_admit(scratch, policy, slice_of(bodies[i]), &admission);
        assert_null(answered.response);
        assert_int_equal(admission.reason, REASON_UNREADABLE);
        assert_true(admission.error.set);
        answered_clear(&answered);
    }
    scratch_free(scratch);
    policy_free(policy);
}

static void test_on_error_deny(void **state)
{
    (void)state;
    struct policy *policy = fixture_policy_of(
        "deny", SLICE("apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nonError: deny\n"));
    assert_non_null(policy);
    struct scratch *scratch = scratch_new();
    struct admission admission;
    struct answered answered = fixture_admit(
        scratch, policy, SLICE("{\"request\":{\"uid\":\"1-2-3\",\"object\":{"), &admission);
    assert_true(json_is_false(json_object_get(answered.response, "allowed")));
    json_t *status = json_object_get(answered.response, "status");
    assert_non_null(json_string_value(json_object_get(status, "message")));
    answered_clear(&answered);
    scratch_free(scratch);
    policy_free(policy);
}

// The user who creates an object is told once what was added. The policy can switch this off.
static void test_note(void **state)
{
    static const char body[] = CREATE(OBJECT(NAMED, SPEC(POD(APP))));
    static const char quiet[] = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"
                                "notes: never\nworkloads:\n  - readinessProbe: {}\n";
    struct scratch *scratch = scratch_new();
    struct policy *policies[] = {fixture_policy("default"),
                                 fixture_policy_of("quiet", slice_of(quiet))};
    struct admission admission;
    (void)state;
    for (int i = 0; i < 2; i++) {
        admit(scratch, &rules_table, policies[i], slice_of(body), &admission);
        assert_true(admission.patch.size > 0);
        assert_int_equal(admission.warning_count, 0);
        bool told = memmem(admission.response.data, admission.response.size, "leaves out", 10);
        assert_int_equal(told, i == 0);
        assert_true(admission.note.size <= ADMIT_WARNING_SIZE_MAX);
        policy_free(policies[i]);
    }
    scratch_free(scratch);
}

// The caller's own warning comes only with a patch, after the rules' warnings, and is cut as they
// are.
static void test_notice(void **state)
{
    static const char frame[] =
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
        "\"uid\":\"u\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},"
        "\"operation\":\"CREATE\",\"object\":{\"metadata\":{\"annotations\":{\"evenkeel.dev/"
        "inject\":"
        "\"%s\"}},\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}}}}}";
    char changed[1024], passed_over[1024], notice[201];
    struct scratch *scratch = scratch_new();
    struct policy *policy = fixture_policy("default");
    struct admission admission;

    (void)state;
    snprintf(changed, sizeof(changed), frame, "true");
    snprintf(passed_over, sizeof(passed_over), frame, "false");
    memset(notice, 'n', sizeof(notice) - 1);
    notice[sizeof(notice) - 1] = '\0';
    admit(scratch, &rules_table, policy, slice_of(changed), &admission);
    assert_true(admission.patch.size > 0);
    assert_int_equal(admission.warning_count, 0);
    scratch_notice(scratch, SLICE("it \"ends\""));
    admit(scratch, &rules_table, policy, slice_of(changed), &admission);
    assert_int_equal(admission.warning_count, 1);
    assert_true(slice_is(admission.warnings[0], "it \"ends\""));
    static const char sent[] = ",\"warnings\":[\"it \\\"ends\\\"\",";
    assert_non_null(
        memmem(admission.response.data, admission.response.size, sent, sizeof(sent) - 1));
    admit(scratch, &rules_table, policy, slice_of(passed_over), &admission);
    assert_int_equal(admission.patch.size, 0);
    assert_int_equal(admission.warning_count, 0);
    scratch_notice(scratch, slice_of(notice));
    admit(scratch, &rules_table, policy, slice_of(changed), &admission);
    assert_int_equal(admission.warnings[0].size, ADMIT_WARNING_SIZE_MAX);
    scratch_notice(scratch, SLICE(""));
    admit(scratch, &rules_table, policy, slice_of(changed), &admission);
    assert_int_equal(admission.warning_count, 0);
    policy_free(policy);
    scratch_free(scratch);
}

// More outcomes than the first room holds: each is there, in order.
static void test_many_outcomes(void **state)
{
    static const char frame[] = CREATE(OBJECT(NAMED, SPEC(POD("@"))));
    char body[16 * 1024], containers[8 * 1024] = "[";
    size_t size = 1;

    (void)state;
    for (int i = 0; i < 60; i++)
        size += (size_t)snprintf(containers + size, sizeof(containers) - size,
                                 "%s{\"name\":\"c%d\",\"ports\":[{\"containerPort\":80}]}",
                                 i ? "," : "", i);
    snprintf(containers + size, sizeof(containers) - size, "]");
    const char *at = strchr(frame, '@');
    snprintf(body, sizeof(body), "%.*s%s%s", (int)(at - frame), frame, containers, at + 1);
    struct scratch *scratch = scratch_new();
    struct policy *policy = fixture_policy("default");
    struct admission admission;
    unsigned count[2] = {0, 0};
    admit(scratch, &rules_table, policy, slice_of(body), &admission);
    assert_int_equal(admission.outcomes_dropped, 0);
    assert_int_equal(admission.outcome_count, 2 * 60 + 2);
    for (uint32_t i = 0; i < admission.outcome_count; i++) {
        const struct outcome *outcome = &admission.outcomes[i];
        char name[8];
        bool probe = strcmp(outcome->rule->name, "readinessProbe") == 0;
        if (outcome->container.size == 0)
            continue;
        snprintf(name, sizeof(name), "c%u", count[probe]++);
        assert_true(slice_is(outcome->container, name));
        assert_int_equal(outcome->finding.verdict, VERDICT_INJECTED);
    }
    assert_int_equal(count[0], 60);
    assert_int_equal(count[1], 60);
    policy_free(policy);
    scratch_free(scratch);
}

enum { ODDITIES = sizeof(oddities) / sizeof(oddities[0]) };

int main(void)
{
    struct CMUnitTest tests[ODDITIES + 5];
    for (size_t i = 0; i < ODDITIES; i++)
        tests[i] =
            (struct CMUnitTest){oddities[i].name, test_oddity, NULL, NULL, (void *)&oddities[i]};
    tests[ODDITIES] = (struct CMUnitTest)cmocka_unit_test(test_no_uid);
    tests[ODDITIES + 1] = (struct CMUnitTest)cmocka_unit_test(test_on_error_deny);
    tests[ODDITIES + 2] = (struct CMUnitTest)cmocka_unit_test(test_many_outcomes);
    tests[ODDITIES + 3] = (struct CMUnitTest)cmocka_unit_test(test_notice);
    tests[ODDITIES + 4] = (struct CMUnitTest)cmocka_unit_test(test_note);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
