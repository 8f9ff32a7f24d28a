// A batched release as the API lives through it: each request's patch is applied and fed again, and
// the result becomes the stored object of the next.
#ifndef EVENKEEL_TESTS_RELEASE_FIXTURE_H
#define EVENKEEL_TESTS_RELEASE_FIXTURE_H

#include "tests/unit/engine_fixture.h"

static const char policy_yaml[] = "apiVersion: evenkeel.dev/v1alpha1\n"
                                  "kind: RolloutPolicy\n"
                                  "workloads:\n"
                                  "  - rollingUpdate: {}\n"
                                  "    preStop: {}\n"
                                  "    batches:\n"
                                  "      steps: [1, 50%]\n"
                                  "      approvers: ['user:alice', 'group:release-*']\n";

static struct policy *policy;
static struct scratch *scratch;
static json_t *stored;   // as the apiserver has it
static json_t *warnings; // of the last answer
static struct admission last;
static json_t *audit; // annotations of the last answer
static char report[4096];
static const char *user, *group;

static inline json_t *at(json_t *value, const char *path)
{
    char copy[256];
    snprintf(copy, sizeof(copy), "%s", path);
    for (char *key = strtok(copy, "/"); key && value; key = strtok(NULL, "/"))
        value = json_object_get(value, key);
    return value;
}

static inline json_t *now(const char *path)
{
    return at(stored, path);
}

static inline void put(json_t *object, const char *parent, const char *key, json_t *value)
{
    json_object_set_new(at(object, parent), key, value);
}

static inline json_t *new_deployment(const char *kind, int replicas)
{
    json_error_t error;
    json_t *object = json_pack_ex(
        &error, 0,
        "{s:s,s:s,s:{s:s,s:s,s:i,s:{s:s},s:{s:s}},s:{s:i,s:{s:{s:s}},s:{s:s,s:{s:s,s:s}},s:i,"
        "s:{s:{s:{s:s}},s:{s:[{s:s,s:s,s:[{s:i}]}],s:i}}},s:{s:i,s:i,s:i,s:i}}",
        "apiVersion", "apps/v1", "kind", kind, "metadata", "name", "web", "namespace", "shop",
        "generation", 1, "labels", "app", "web", "annotations", "deployment.kubernetes.io/revision",
        "4", "spec", "replicas", replicas, "selector", "matchLabels", "app", "web", "strategy",
        "type", "RollingUpdate", "rollingUpdate", "maxSurge", "25%", "maxUnavailable", "25%",
        "progressDeadlineSeconds", 600, "template", "metadata", "labels", "app", "web", "spec",
        "containers", "name", "app", "image", "web:1", "ports", "containerPort", 80,
        "terminationGracePeriodSeconds", 30, "status", "replicas", replicas, "readyReplicas",
        replicas, "updatedReplicas", replicas, "observedGeneration", 1);
    if (object == NULL)
        print_error("%s\n", error.text);
    return object;
}

// "apps" of "apps/v1", in memory that the next call uses again.
static inline const char *group_of(json_t *object)
{
    static char name[64];
    snprintf(name, sizeof(name), "%s", json_string_value(json_object_get(object, "apiVersion")));
    name[strcspn(name, "/")] = '\0';
    return name;
}

// "v1" of "apps/v1".
static inline const char *version_of(json_t *object)
{
    return strchr(json_string_value(json_object_get(object, "apiVersion")), '/') + 1;
}

static inline json_t *review_of(json_t *object, json_t *old)
{
    return json_pack("{s:s,s:s,s:{s:s,s:{s:s,s:s,s:O},s:O,s:O,s:s,s:{s:s,s:[s]},s:O,s:O?}}", "kind",
                     "AdmissionReview", "apiVersion", "admission.k8s.io/v1", "request", "uid",
                     "1-2-3", "kind", "group", group_of(object), "version", version_of(object),
                     "kind", json_object_get(object, "kind"), "name", at(object, "metadata/name"),
                     "namespace", at(object, "metadata/namespace"), "operation",
                     old ? "UPDATE" : "CREATE", "userInfo", "username", user, "groups", group,
                     "object", object, "oldObject", old);
}

static inline struct answered ask(json_t *object, json_t *old)
{
    json_t *review = review_of(object, old);
    char *body = json_dumps(review, JSON_COMPACT);
    struct answered answered = fixture_admit(scratch, policy, slice_of(body), &last);
    free(body);
    json_decref(review);
    return answered;
}

static inline void note_outcomes(void)
{
    report[0] = '\0';
    for (uint32_t i = 0; i < last.outcome_count; i++) {
        const struct outcome *outcome = &last.outcomes[i];
        size_t used = strlen(report);
        snprintf(report + used, sizeof(report) - used, "%s=%s:%s ",
                 outcome->rule ? outcome->rule->name : "annotation",
                 verdict_name(outcome->finding.verdict), reason_name(outcome->finding.reason));
    }
}

// The API counts a Deployment's generation up with its spec and its annotations.
static inline void count_generation(json_t *object, json_t *old)
{
    if (json_equal(at(object, "spec"), at(old, "spec")) &&
        json_equal(at(object, "metadata/annotations"), at(old, "metadata/annotations")))
        return;
    json_int_t generation = json_integer_value(at(old, "metadata/generation"));
    put(object, "metadata", "generation", json_integer(generation + 1));
}

// One request: what the API stores after it. Takes `object`.
static inline void request(json_t *object)
{
    struct answered answered = ask(object, stored);
    json_t *result = fixture_apply(object, answered.patch);
    note_outcomes();
    enum release_event event = last.release;
    for (uint32_t i = 0; i < last.warning_count; i++)
        assert_true(last.warnings[i].size <= 120);
    json_decref(warnings);
    warnings = json_incref(json_object_get(answered.response, "warnings"));
    json_decref(audit);
    audit = json_incref(json_object_get(answered.response, "auditAnnotations"));
    answered_clear(&answered);
    struct answered again = ask(result, stored);
    if (again.patch != NULL)
        fail_msg("fed again it gives a patch: %s", json_dumps(again.patch, JSON_INDENT(1)));
    answered_clear(&again);
    assert_int_equal(last.release, RELEASE_NONE); // so that nothing is counted twice
    last.release = event;
    json_t *kept = json_deep_copy(result);
    count_generation(kept, stored);
    json_decref(result);
    json_decref(object);
    json_decref(stored);
    stored = kept;
}

static inline json_t *edit(void)
{
    return json_deep_copy(stored);
}

static inline void set_image(json_t *object, const char *image)
{
    json_t *container = json_array_get(at(object, "spec/template/spec/containers"), 0);
    json_object_set_new(container, "image", json_string(image));
}

static inline void push(const char *image)
{
    json_t *object = edit();
    set_image(object, image);
    request(object);
}

static inline void approve(const char *batch)
{
    json_t *object = edit();
    put(object, "metadata/annotations", "evenkeel.dev/batch", json_string(batch));
    request(object);
}

// The held pods are there and ready.
static inline void settle(int updated, int total)
{
    put(stored, "status", "updatedReplicas", json_integer(updated));
    put(stored, "status", "replicas", json_integer(total));
    put(stored, "status", "readyReplicas", json_integer(total));
    put(stored, "status", "observedGeneration", json_incref(now("metadata/generation")));
}

static inline void expect_text(const char *path, const char *expected)
{
    json_t *value = now(path);
    if (expected == NULL) {
        assert_null(value);
        return;
    }
    assert_non_null(value);
    if (json_is_integer(value)) {
        char number[32];
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
        assert_string_equal(number, expected);
        return;
    }
    assert_string_equal(json_string_value(value), expected);
}

static inline void expect_held(const char *step, const char *surge, const char *unavailable)
{
    expect_text("spec/minReadySeconds", "2147483646");
    expect_text("spec/progressDeadlineSeconds", "2147483647");
    expect_text("spec/strategy/rollingUpdate/maxSurge", surge);
    expect_text("spec/strategy/rollingUpdate/maxUnavailable", unavailable);
    json_t *labels = now("metadata/labels");
    json_t *annotations = now("metadata/annotations");
    assert_string_equal(json_string_value(json_object_get(labels, "evenkeel.dev/held")), step);
    assert_non_null(json_object_get(labels, "evenkeel.dev/stable"));
    assert_string_equal(json_string_value(json_object_get(annotations, "evenkeel.dev/batch")),
                        step);
}

static inline void expect_free(const char *surge, const char *unavailable)
{
    json_t *min_ready = now("spec/minReadySeconds");
    assert_true(min_ready == NULL || json_integer_value(min_ready) == 0);
    expect_text("spec/progressDeadlineSeconds", "600");
    expect_text("spec/strategy/rollingUpdate/maxSurge", surge);
    expect_text("spec/strategy/rollingUpdate/maxUnavailable", unavailable);
    assert_null(json_object_get(now("metadata/labels"), "evenkeel.dev/held"));
}

static inline void expect_warning(const char *part)
{
    size_t index;
    json_t *warning;
    json_array_foreach(warnings, index, warning)
    {
        assert_true(json_string_length(warning) <= 120);
        if (strstr(json_string_value(warning), part) != NULL)
            return;
    }
    fail_msg("no warning with \"%s\": %s", part, json_dumps(warnings, JSON_INDENT(1)));
}

static inline void expect_report(const char *part)
{
    if (strstr(report, part) == NULL)
        fail_msg("%s is not in %s", part, report);
}

static inline int set_up(void **state)
{
    (void)state;
    user = "alice";
    group = "system:authenticated";
    policy = fixture_policy_of("release", SLICE(policy_yaml));
    scratch = scratch_new();
    json_t *object = new_deployment("Deployment", 6);
    struct answered answered = ask(object, NULL);
    stored = fixture_apply(object, answered.patch);
    answered_clear(&answered);
    json_decref(object);
    return policy && scratch && stored ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    json_decref(stored);
    json_decref(warnings);
    json_decref(audit);
    stored = warnings = audit = NULL;
    scratch_free(scratch);
    policy_free(policy);
    return 0;
}

static inline void use_policy(const char *workloads)
{
    char yaml[2048];
    int size = snprintf(yaml, sizeof(yaml),
                        "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n%s", workloads);
    policy_free(policy);
    policy = fixture_policy_of("other", (struct slice){yaml, (size_t)size});
    assert_non_null(policy);
}

// The API stores `object` as it stands. Takes it.
static inline void store(json_t *object)
{
    json_decref(stored);
    stored = object;
}

static inline void annotate(const char *key, const char *text)
{
    json_t *object = edit();
    put(object, "metadata/annotations", key, json_string(text));
    request(object);
}

static inline const char *annotation(const char *key)
{
    return json_string_value(json_object_get(now("metadata/annotations"), key));
}

static inline const char *label(const char *key)
{
    return json_string_value(json_object_get(now("metadata/labels"), key));
}

// What our own annotation says; a new reference.
static inline json_t *bookkeeping(void)
{
    const char *text = annotation("evenkeel.dev/release");
    json_t *release = text ? json_loads(text, 0, NULL) : NULL;
    assert_non_null(release);
    return release;
}

// The template goes back to `template`, and the annotations to those of its ReplicaSet.
static inline void undo(json_t *template, json_t *annotations)
{
    json_t *object = edit();
    put(object, "spec", "template", json_deep_copy(template));
    put(object, "metadata", "annotations", json_deep_copy(annotations));
    request(object);
}

// Whether any warning has `part`.
static inline bool is_warned(const char *part)
{
    size_t index;
    json_t *warning;
    json_array_foreach(warnings, index, warning)
    {
        if (strstr(json_string_value(warning), part) != NULL)
            return true;
    }
    return false;
}

#define RELEASE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
