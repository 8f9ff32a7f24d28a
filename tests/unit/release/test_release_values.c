// Which values a hold replaces, and what happens if its state is dropped or forged.
#include "tests/unit/release_fixture.h"

static const char no_rules[] = "workloads:\n  - batches: [1, 50%]\n";

// The fields that a manager applies on the server: exactly these.
static void applied_by(json_t *object, const char *fields)
{
    json_t *set = json_loads(fields, 0, NULL);
    assert_non_null(set);
    put(object, "metadata", "managedFields",
        json_pack("[{s:s,s:s,s:s,s:s,s:o}]", "manager", "pipeline", "operation", "Apply",
                  "apiVersion", "apps/v1", "fieldsType", "FieldsV1", "fieldsV1", set));
}

static const char all_fields[] =
    "{\"f:spec\":{\"f:minReadySeconds\":{},\"f:progressDeadlineSeconds\":{},"
    "\"f:strategy\":{\"f:rollingUpdate\":{\"f:maxSurge\":{},\"f:maxUnavailable\":{}}},"
    "\"f:template\":{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"app\\\"}\":{}}}}}}";

// An application's own manifest, which declares all four.
static json_t *declaring(const char *image)
{
    json_t *object = new_deployment("Deployment", 6);
    put(object, "spec", "minReadySeconds", json_integer(10));
    put(object, "spec", "progressDeadlineSeconds", json_integer(600));
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(2));
    put(object, "spec/strategy/rollingUpdate", "maxUnavailable", json_string("10%"));
    applied_by(object, all_fields);
    set_image(object, image);
    return object;
}

static void expect_declared(void)
{
    expect_text("spec/minReadySeconds", "10");
    expect_text("spec/progressDeadlineSeconds", "600");
    expect_text("spec/strategy/rollingUpdate/maxSurge", "2");
    expect_text("spec/strategy/rollingUpdate/maxUnavailable", "10%");
    assert_null(label("evenkeel.dev/held"));
}

// An apply changes the fields that its manager declares, and leaves the rest of the stored object.
static void apply_declared(const char *image)
{
    json_t *object = edit(), *manifest = declaring(image);
    json_t *hook = json_incref(
        at(json_array_get(at(object, "spec/template/spec/containers"), 0), "lifecycle"));
    json_object_update(json_object_get(object, "spec"), json_object_get(manifest, "spec"));
    if (hook != NULL)
        json_object_set_new(json_array_get(at(object, "spec/template/spec/containers"), 0),
                            "lifecycle", hook);
    put(object, "metadata", "managedFields", json_incref(at(manifest, "metadata/managedFields")));
    json_decref(manifest);
    request(object);
}

static void test_server_side_apply(void **state)
{
    (void)state;
    store(declaring("web:1"));
    apply_declared("web:2");
    expect_held("1", "16%", "0%");
    for (int turn = 0; turn < 2; turn++) { // self-heal
        apply_declared("web:2");
        expect_held("1", "16%", "0%");
        assert_int_equal(last.release, RELEASE_NONE);
    }
    settle(1, 7);
    approve("2");
    apply_declared("web:2");
    expect_held("2", "33%", "17%");
    approve("all");
    expect_declared();
    apply_declared("web:3");
    apply_declared("web:2");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    expect_declared();
}

static void test_last_applied(void **state)
{
    (void)state;
    store(declaring("web:1"));
    json_object_del(at(stored, "metadata"), "managedFields");
    json_t *manifest = declaring("web:2");
    json_object_del(manifest, "status");
    json_object_del(at(manifest, "metadata"), "managedFields");
    char *text = json_dumps(manifest, JSON_COMPACT);
    for (int turn = 0; turn < 2; turn++) {
        json_t *object = edit();
        json_object_update(json_object_get(object, "spec"), json_object_get(manifest, "spec"));
        put(object, "metadata/annotations", "kubectl.kubernetes.io/last-applied-configuration",
            json_string(text));
        request(object);
        expect_held("1", "16%", "0%");
    }
    free(text);
    json_decref(manifest);
    annotate("evenkeel.dev/batches", "");
    expect_declared();
}

// The user declared the API's defaults. The policy's rule must not replace them when the hold ends.
static void test_declared_defaults(void **state)
{
    (void)state;
    json_t *object = new_deployment("Deployment", 6);
    applied_by(object, all_fields);
    store(object);
    push("web:2");
    approve("all");
    expect_free("25%", "25%");
}

static void test_replace_with_less(void **state)
{
    (void)state;
    use_policy(no_rules);
    store(declaring("web:1"));
    push("web:2");
    json_t *bare = new_deployment("Deployment", 6);
    set_image(bare, "web:2");
    json_object_del(at(bare, "metadata"), "annotations");
    request(bare);
    expect_held("1", "16%", "0%");
    assert_int_equal(last.release, RELEASE_NONE);
    approve("all");
    expect_free("25%", "25%"); // the user's manifest no longer has it
}

// A replace without evenkeel's bookkeeping, with a template that has evenkeel's values: the same
// version.
static void test_replace_without_bookkeeping(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    approve("2");
    json_t *object = edit();
    json_object_del(at(object, "metadata"), "annotations");
    json_object_del(at(object, "metadata"), "labels");
    request(object);
    expect_held("2", "33%", "17%");
    assert_int_equal(last.release, RELEASE_NONE);
    annotate("note", "x");
    expect_held("2", "33%", "17%");
    assert_int_equal(last.release, RELEASE_NONE);
}

static void test_refused_together(void **state)
{
    (void)state;
    use_policy(no_rules);
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "minReadySeconds", json_integer(700)); // above the deadline
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(0));
    put(object, "spec/strategy/rollingUpdate", "maxUnavailable", json_integer(0));
    request(object);
    expect_held("1", "16%", "0%");
    expect_warning("evenkeel drops");
    approve("all");
    expect_free("25%", "25%");
}

// A manifest that brings a newer version, and newer values, while one is held.
static void test_fix_forward_with_values(void **state)
{
    (void)state;
    use_policy(no_rules);
    push("web:2");
    json_t *object = edit();
    set_image(object, "web:3");
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(3));
    put(object, "spec", "minReadySeconds", json_integer(20));
    request(object);
    expect_held("1", "16%", "0%");
    approve("all");
    expect_text("spec/strategy/rollingUpdate/maxSurge", "3");
    expect_text("spec/minReadySeconds", "20");
}

static void test_own_values_while_held_end_nothing(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "minReadySeconds", json_integer(4000));
    put(object, "spec", "progressDeadlineSeconds", json_integer(9000));
    request(object);
    expect_held("1", "16%", "0%");
    approve("all");
    expect_text("spec/minReadySeconds", "4000");
    expect_text("spec/progressDeadlineSeconds", "9000");
    push("web:3");
    expect_report("batches=skipped:own-min-ready");
    expect_text("spec/minReadySeconds", "4000");
}

// With 2147483647 a user says that there is no deadline.
static void test_no_deadline(void **state)
{
    (void)state;
    put(stored, "spec", "progressDeadlineSeconds", json_integer(2147483647));
    push("web:2");
    expect_held("1", "16%", "0%");
    approve("all");
    expect_text("spec/progressDeadlineSeconds", "2147483647");
}

static void test_forged_while_held(void **state)
{
    static const char *const forged[] = {
        "",
        "{}",
        "not json",
        "[]",
        "{\"steps\":\"1,50%\",\"step\":2,\"template\":\"0123456789abcdef\"}",
        "{\"steps\":\"99%\",\"step\":1,\"saved\":{\"minReadySeconds\":2147483646}}",
    };
    (void)state;
    push("web:2");
    json_t *honest = bookkeeping();
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        annotate("evenkeel.dev/release", forged[i]);
        expect_held("1", "16%", "0%");
        json_t *after = bookkeeping();
        assert_true(json_equal(after, honest));
        json_decref(after);
    }
    json_t *object = edit();
    json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/release");
    json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/batch");
    json_object_del(at(object, "metadata/labels"), "evenkeel.dev/held");
    json_object_del(at(object, "metadata/labels"), "evenkeel.dev/stable");
    request(object);
    expect_held("1", "16%", "0%");
    json_t *after = bookkeeping();
    assert_true(json_equal(after, honest));
    json_decref(after);
    json_decref(honest);
}

// Saved values that the API would refuse count as lost. So do a stable template that is not a hash,
// and a revision that is not a number.
static void test_damaged_while_away(void **state)
{
    static const char *const saved[] = {
        "{\"minReadySeconds\":{\"a\":1}}",
        "{\"minReadySeconds\":2147483646}",
        "{\"maxSurge\":\"x%\"}",
        "{\"maxUnavailable\":\"101%\"}",
        "{\"progressDeadlineSeconds\":-1}",
        "[1]",
    };
    (void)state;
    push("web:2");
    json_t *held = json_deep_copy(stored);
    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
        store(json_deep_copy(held));
        json_t *release = bookkeeping();
        json_object_set_new(release, "saved", json_loads(saved[i], 0, NULL));
        json_object_set_new(release, "stable",
                            json_pack("[s]", "no hash at all, 33 bytes of text."));
        json_object_set_new(release, "revision", json_string("4; rm -rf"));
        char *text = json_dumps(release, JSON_COMPACT);
        put(stored, "metadata/annotations", "evenkeel.dev/release", json_string(text));
        free(text);
        json_decref(release);
        annotate("note", "x");
        expect_held("1", "16%", "0%");
        assert_int_equal(strlen(label("evenkeel.dev/stable")), 16);
        settle(1, 7);
        approve("2");
        assert_false(is_warned("rm -rf"));
        approve("all");
        expect_free("25%", "0");
    }
    json_decref(held);
}

static void test_state_lost_is_a_warning(void **state)
{
    (void)state;
    push("web:2");
    json_object_del(at(stored, "metadata/annotations"), "evenkeel.dev/release");
    annotate("note", "x");
    expect_free("25%", "0");
    expect_report("batches=injected:hold-restored");
    expect_warning("put back the values");
}

// A value that no hold writes is the user's, even if the saved values are unknown.
static void test_stray_keeps_the_users(void **state)
{
    (void)state;
    use_policy(no_rules);
    json_t *object = edit();
    put(object, "spec", "minReadySeconds", json_integer(2147483646));
    put(object, "spec", "progressDeadlineSeconds", json_integer(2147483647));
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(3));
    put(object, "spec/strategy/rollingUpdate", "maxUnavailable", json_integer(1));
    request(object);
    expect_free("3", "1");
}

static void test_export_with_less(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        store(declaring("web:1"));
        push("web:2");
        json_t *object = edit();
        if (turn == 1) // as tools that clean exports up leave it
            json_object_del(at(object, "metadata"), "annotations");
        json_decref(stored);
        stored = NULL;
        struct answered answered = ask(object, NULL);
        stored = fixture_apply(object, answered.patch);
        answered_clear(&answered);
        json_decref(object);
        if (turn == 0)
            expect_declared();
        else
            expect_text("spec/minReadySeconds", "0");
        assert_null(label("evenkeel.dev/held"));
        assert_null(label("evenkeel.dev/stable"));
        struct answered again = ask(stored, NULL);
        assert_null(again.patch);
        answered_clear(&again);
    }
}

static void finish(const char *image)
{
    push(image);
    assert_int_equal(last.release, RELEASE_STARTED);
    approve("all");
    assert_int_equal(last.release, RELEASE_FINISHED);
}

static void test_stable_list_of_three(void **state)
{
    (void)state;
    for (char image[] = "web:2"; image[4] <= '5'; image[4]++)
        finish(image); // stable: 4, 3, 2
    json_t *release = bookkeeping();
    assert_int_equal(json_array_size(json_object_get(release, "stable")), 3);
    json_decref(release);
    push("web:2");
    expect_report("batches=kept:release-rolled-back");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    expect_free("25%", "0");
    push("web:1"); // forgotten by now
    expect_held("1", "16%", "0%");
    push("web:4");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    expect_free("25%", "0");
}

// Nothing is held: evenkeel still knows what a replace drops, and does not believe forged state.
static void test_stable_list_stays(void **state)
{
    (void)state;
    finish("web:2");
    char *honest = strdup(annotation("evenkeel.dev/release"));
    json_t *replaced = new_deployment("Deployment", 8);
    set_image(replaced, "web:2");
    request(replaced);
    assert_string_equal(annotation("evenkeel.dev/release"), honest);
    json_t *object = edit();
    put(object, "spec", "replicas", json_integer(6));
    put(object, "metadata/annotations", "evenkeel.dev/release", json_string("{\"stable\":[]}"));
    request(object);
    assert_string_equal(annotation("evenkeel.dev/release"), honest);
    free(honest);
    push("web:1");
    expect_report("batches=kept:release-rolled-back");
    expect_free("25%", "0");
}

// Somebody put the values back by hand while evenkeel was away, and left the marks.
static void test_ended_by_hand(void **state)
{
    (void)state;
    push("web:2");
    put(stored, "spec", "minReadySeconds", json_integer(0));
    put(stored, "spec", "progressDeadlineSeconds", json_integer(600));
    put(stored, "spec/strategy/rollingUpdate", "maxSurge", json_string("25%"));
    put(stored, "spec/strategy/rollingUpdate", "maxUnavailable", json_integer(0));
    annotate("note", "x");
    expect_free("25%", "0");
    assert_null(label("evenkeel.dev/stable"));
    assert_int_equal(last.release, RELEASE_NONE);
    json_t *release = bookkeeping();
    assert_null(json_object_get(release, "step"));
    assert_int_equal(json_array_size(json_object_get(release, "stable")), 1);
    json_decref(release);
}

// If the policy has changed since, a rollback must not become a third revision, and the approval of
// a held version must not become a new one.
static void test_template_left_alone(void **state)
{
    static const char changed[] = "onUpdate: always\n"
                                  "workloads:\n"
                                  "  - preStop: {sleepSeconds: 7}\n"
                                  "    rollingUpdate: {}\n"
                                  "    batches: [1, 50%]\n";
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    json_t *annotations = json_deep_copy(now("metadata/annotations"));
    push("web:2");
    settle(1, 7);
    json_t *second = json_deep_copy(now("spec/template"));
    use_policy(changed);
    approve("2");
    assert_true(json_equal(now("spec/template"), second));
    approve("all");
    assert_true(json_equal(now("spec/template"), second));
    json_decref(second);
    undo(first, annotations);
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    assert_true(json_equal(now("spec/template"), first));
    json_decref(first);
    json_decref(annotations);
}

// If nobody set minReadySeconds, a hold saves 0. The user did not declare this 0. If the policy now
// has a value, it is written when the hold ends, and only once.
static void test_min_ready_that_nobody_set(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    use_policy("workloads:\n  - minReadySeconds: 5\n    batches: [1, 50%]\n");
    approve("all");
    expect_report("minReadySeconds=injected:unset");
    expect_text("spec/minReadySeconds", "5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(test_server_side_apply),
        RELEASE_TEST(test_last_applied),
        RELEASE_TEST(test_declared_defaults),
        RELEASE_TEST(test_replace_with_less),
        RELEASE_TEST(test_replace_without_bookkeeping),
        RELEASE_TEST(test_refused_together),
        RELEASE_TEST(test_fix_forward_with_values),
        RELEASE_TEST(test_own_values_while_held_end_nothing),
        RELEASE_TEST(test_no_deadline),
        RELEASE_TEST(test_forged_while_held),
        RELEASE_TEST(test_damaged_while_away),
        RELEASE_TEST(test_state_lost_is_a_warning),
        RELEASE_TEST(test_stray_keeps_the_users),
        RELEASE_TEST(test_export_with_less),
        RELEASE_TEST(test_stable_list_of_three),
        RELEASE_TEST(test_stable_list_stays),
        RELEASE_TEST(test_ended_by_hand),
        RELEASE_TEST(test_template_left_alone),
        RELEASE_TEST(test_min_ready_that_nobody_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
