// Kinds, the strategies and annotations that end or prevent a hold, who may approve, and the
// messages to users.
#include "tests/unit/release_fixture.h"

static json_t *new_stateful_set(int replicas, json_t *strategy)
{
    json_t *object = new_deployment("StatefulSet", replicas);
    json_object_del(at(object, "spec"), "strategy");
    json_object_del(at(object, "spec"), "progressDeadlineSeconds");
    put(object, "spec", "updateStrategy", strategy);
    return object;
}

static json_t *rolling(int partition)
{
    return json_pack("{s:s,s:{s:i}}", "type", "RollingUpdate", "rollingUpdate", "partition",
                     partition);
}

static json_t *new_clone_set(int replicas)
{
    json_t *object = new_stateful_set(replicas, json_pack("{s:s}", "type", "ReCreate"));
    json_object_set_new(object, "kind", json_string("CloneSet"));
    json_object_set_new(object, "apiVersion", json_string("apps.kruise.io/v1alpha1"));
    return object;
}

static void test_stateful_set_left_alone(void **state)
{
    (void)state;
    store(new_stateful_set(5, json_pack("{s:s}", "type", "OnDelete")));
    push("web:2");
    expect_report("batches=skipped:on-delete");
    assert_null(now("spec/updateStrategy/rollingUpdate"));
    store(new_stateful_set(5, rolling(2)));
    push("web:2");
    expect_report("batches=skipped:own-partition");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "2");
    store(new_stateful_set(1, rolling(0)));
    push("web:2");
    expect_report("batches=skipped:too-few-replicas");
}

static void test_stateful_set_to_on_delete(void **state)
{
    (void)state;
    store(new_stateful_set(5, rolling(0)));
    push("web:2");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "4");
    json_t *object = edit();
    put(object, "spec", "updateStrategy", json_pack("{s:s}", "type", "OnDelete"));
    request(object);
    assert_null(now("spec/updateStrategy/rollingUpdate"));
    assert_null(label("evenkeel.dev/held"));
    assert_int_equal(last.release, RELEASE_FINISHED);
    expect_report("on-delete");
}

static void test_stateful_set_scaled_up(void **state)
{
    (void)state;
    store(new_stateful_set(5, rolling(0)));
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "replicas", json_integer(8));
    request(object);
    expect_warning("pods that are added while a release is held run the held version");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "7");
    object = edit();
    put(object, "spec", "replicas", json_integer(4));
    request(object);
    assert_false(is_warned("pods added"));
    expect_text("spec/updateStrategy/rollingUpdate/partition", "3");
}

static void test_stateful_set_undone(void **state)
{
    (void)state;
    store(new_stateful_set(5, rolling(0)));
    json_t *first = json_deep_copy(now("spec/template"));
    push("web:2");
    expect_warning("kubectl -n shop rollout undo statefulsets/web");
    settle(1, 5);
    approve("2");
    json_t *object = edit();
    put(object, "spec", "template", first);
    request(object);
    expect_text("spec/updateStrategy/rollingUpdate/partition", "0");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
}

// A partition that the user sets during a hold is for later. A label alone is not a hold.
static void test_partition_is_the_users(void **state)
{
    (void)state;
    store(new_stateful_set(5, rolling(0)));
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "updateStrategy", rolling(1));
    request(object);
    expect_text("spec/updateStrategy/rollingUpdate/partition", "4");
    approve("all");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "1");
    store(new_stateful_set(5, rolling(3)));
    object = edit();
    put(object, "metadata/labels", "evenkeel.dev/held", json_string("1"));
    put(object, "spec", "replicas", json_integer(6));
    request(object);
    expect_text("spec/updateStrategy/rollingUpdate/partition", "3");
    assert_null(label("evenkeel.dev/held"));
}

static void test_clone_set(void **state)
{
    static const struct {
        int replicas;
        const char *first, *second;
    } cases[] = {{3, "66%", "33%"}, {7, "85%", "42%"}, {10, "90%", "50%"}, {250, "99%", "50%"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        store(new_clone_set(cases[i].replicas));
        push("web:2");
        expect_text("spec/updateStrategy/partition", cases[i].first);
        expect_warning("to roll back: apply the former version's manifest");
        int updated = cases[i].replicas == 250 ? 2 : 1; // 99% keeps 248 of 250
        settle(updated - 1, cases[i].replicas);
        approve("2");
        expect_report("approval-not-ready");
        settle(updated, cases[i].replicas);
        approve("2");
        expect_text("spec/updateStrategy/partition", cases[i].second);
        approve("all");
        expect_text("spec/updateStrategy/partition", "0");
    }
}

// The controller rounds the old pods up and never lets a share of them be all but none.
static void test_clone_set_keeps_one(void **state)
{
    (void)state;
    store(new_clone_set(250));
    put(stored, "metadata/annotations", "evenkeel.dev/batches", json_string("249"));
    push("web:2");
    expect_text("spec/updateStrategy/partition", "1%");
    expect_warning("step 1 of 2, 247 of 250 pods");
}

static void test_other_kinds(void **state)
{
    static const char *const kinds[][2] = {{"DaemonSet", "apps/v1"},
                                           {"Rollout", "argoproj.io/v1alpha1"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        store(new_deployment(kinds[i][0], 6));
        json_object_set_new(stored, "apiVersion", json_string(kinds[i][1]));
        json_object_del(at(stored, "spec"), "strategy");
        push("web:2");
        expect_report("batches=skipped:kind-lacks-field");
        assert_null(label("evenkeel.dev/held"));
        assert_int_equal(last.release, RELEASE_NONE);
    }
}

static void test_recreate_while_held(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "strategy", json_pack("{s:s}", "type", "Recreate"));
    request(object);
    assert_int_equal(json_integer_value(now("spec/minReadySeconds")), 0);
    expect_text("spec/progressDeadlineSeconds", "600");
    assert_null(now("spec/strategy/rollingUpdate"));
    expect_report("batches=injected:recreate");
    assert_int_equal(last.release, RELEASE_FINISHED);
}

static void test_paused(void **state)
{
    (void)state;
    put(stored, "spec", "paused", json_true());
    push("web:2");
    expect_held("1", "16%", "0%");
    push("web:3"); // change while paused
    expect_held("1", "16%", "0%");
    settle(0, 6);
    approve("2");
    expect_report("approval-not-ready"); // nothing has rolled out
    json_t *object = edit();
    json_object_del(json_object_get(object, "spec"), "paused");
    request(object);
    expect_held("1", "16%", "0%");
    settle(1, 7);
    approve("2");
    expect_held("2", "33%", "17%");
}

static void test_observe(void **state)
{
    static const char *const observing[] = {
        "mode: observe\nworkloads:\n  - batches: [1, 50%]\n",
        "workloads:\n  - batches: {mode: observe, steps: [1, 50%]}\n",
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        use_policy(observing[i]);
        store(new_deployment("Deployment", 6));
        push("web:2");
        expect_report("batches=would-inject:release-started");
        expect_warning("would inject batches");
        expect_free("25%", "25%");
        assert_null(annotation("evenkeel.dev/release"));
        assert_int_equal(last.release, RELEASE_NONE);
    }
}

// Observe mode puts nothing back either, and counts no rollback. Only what is ours and still stands
// is recorded again. An existing hold can still be managed.
static void test_observe_what_was_enforced(void **state)
{
    static const char observing[] = "mode: observe\nworkloads:\n  - batches: [1, 50%]\n";
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    push("web:2");
    json_t *held = json_deep_copy(stored);
    approve("all");
    use_policy(observing);
    json_t *none = json_object();
    const char *injected = "{\"spec.strategy.rollingUpdate.maxUnavailable\":0,"
                           "\"spec.template.spec.containers[app].lifecycle.preStop\":"
                           "{\"sleep\":{\"seconds\":15}}}";
    undo(first, none);
    assert_null(annotation("evenkeel.dev/release"));
    assert_string_equal(annotation("evenkeel.dev/injected"), injected);
    json_decref(none);
    assert_int_equal(last.release, RELEASE_NONE);
    store(held);
    settle(1, 7);
    approve("2");
    expect_held("2", "33%", "17%");
    json_t *stray = new_deployment("Deployment", 6);
    store(new_deployment("Deployment", 6));
    put(stray, "spec", "minReadySeconds", json_integer(2147483646));
    put(stray, "spec", "progressDeadlineSeconds", json_integer(2147483647));
    request(stray);
    expect_report("batches=would-inject:hold-restored");
    expect_text("spec/minReadySeconds", "2147483646");
    json_decref(first);
}

static void test_opted_out(void **state)
{
    (void)state;
    put(stored, "metadata/annotations", "evenkeel.dev/inject", json_string("false"));
    push("web:2");
    assert_int_equal(last.reason, REASON_OPTED_OUT);
    assert_null(label("evenkeel.dev/held"));
    annotate("evenkeel.dev/inject", "true");
    push("web:3");
    expect_held("1", "16%", "0%");
    annotate("evenkeel.dev/inject", "false");
    expect_free("25%", "25%");
    assert_int_equal(last.release, RELEASE_FINISHED);
    assert_null(annotation("evenkeel.dev/batch"));
}

// `batches` taken out while held: it takes effect at the next release.
static void test_batches_removed(void **state)
{
    (void)state;
    use_policy("workloads:\n  - rollingUpdate: {}\n");
    store(new_deployment("Deployment", 6));
    put(stored, "metadata/annotations", "evenkeel.dev/batches", json_string("2,4"));
    push("web:2");
    expect_held("1", "33%", "0%");
    json_t *object = edit();
    json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/batches");
    request(object);
    expect_held("1", "33%", "0%");
    push("web:3"); // over the held one: still the same release
    expect_held("1", "33%", "0%");
    settle(2, 8);
    approve("2");
    expect_held("2", "33%", "34%");
    settle(4, 8);
    approve("3");
    expect_free("25%", "0");
    push("web:4");
    expect_free("25%", "0");
}

static void test_steps_are_fixed(void **state)
{
    (void)state;
    push("web:2");
    annotate("evenkeel.dev/batches", "3,4,5");
    expect_held("1", "16%", "0%");
    settle(1, 7);
    approve("2");
    expect_held("2", "33%", "17%");
}

static void test_approvers(void **state)
{
    (void)state;
    use_policy("workloads:\n  - batches:\n      steps: [1, 50%]\n      approvers:\n"
               "        - group:release-*\n        - user:system:serviceaccount:ci:*\n");
    store(new_deployment("Deployment", 6));
    push("web:2");
    static const char *const refused[][2] = {
        {"alice", "developers"},
        {"release-bot", "system:authenticated"}, // a user with that name is not a group
        {"system:serviceaccount:cid:bot", "x"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        user = refused[i][0];
        group = refused[i][1];
        settle(1, 7);
        approve("2");
        expect_report("approver-not-allowed");
        assert_null(json_object_get(audit, "approver"));
        approve("all");
        expect_report("approver-not-allowed");
    }
    user = "mallory";
    group = "release-team-eu";
    settle(1, 7);
    approve("2");
    expect_held("2", "33%", "17%");
    assert_string_equal(json_string_value(json_object_get(audit, "approver")), "mallory");
    user = "system:serviceaccount:ci:bot";
    group = "x";
    approve("all");
    expect_free("25%", "25%");
    assert_string_equal(json_string_value(json_object_get(audit, "approver")), user);
    annotate("note", "x");
    assert_null(json_object_get(audit, "approver"));
}

// An Apply manager that owns the annotation repeats it for ever. A manifest with another value does
// not stop a person.
static void test_approval_from_a_manifest(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    json_t *object = edit();
    put(object, "metadata", "managedFields",
        json_pack("[{s:s,s:s,s:{s:{s:{s:{}}}}}]", "manager", "argocd", "operation", "Apply",
                  "fieldsV1", "f:metadata", "f:annotations", "f:evenkeel.dev/batch"));
    put(object, "metadata/annotations", "evenkeel.dev/batch", json_string("2"));
    request(object);
    expect_report("approval-in-manifest");
    json_object_del(at(stored, "metadata"), "managedFields");
    put(stored, "metadata/annotations", "kubectl.kubernetes.io/last-applied-configuration",
        json_string("{\"metadata\":{\"annotations\":{\"evenkeel.dev/batch\":\"1\"}}}"));
    settle(1, 7);
    approve("2");
    expect_held("2", "33%", "17%");
}

static void test_approval_with_a_change(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    json_t *object = edit();
    set_image(object, "web:3");
    put(object, "metadata/annotations", "evenkeel.dev/batch", json_string("2"));
    request(object);
    expect_held("1", "16%", "0%"); // it was given to another version
    assert_int_equal(last.release, RELEASE_STARTED);
    settle(1, 7);
    object = edit();
    json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/batch");
    request(object);
    expect_held("1", "16%", "0%");
}

static void test_not_ready(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    put(stored, "status", "readyReplicas", json_integer(6));
    approve("2");
    expect_report("approval-not-ready");
    settle(1, 7);
    put(stored, "status", "observedGeneration", json_integer(1));
    approve("2");
    expect_report("approval-not-ready");
    json_object_del(stored, "status");
    approve("2");
    expect_report("approval-not-ready");
    expect_held("1", "16%", "0%");
    approve("all"); // a person may insist
    expect_free("25%", "0");
}

static void set_long_names(json_t *object, size_t name_size, size_t namespace_size)
{
    char name[300], namespace[64];
    memset(name, 'n', name_size);
    name[name_size] = '\0';
    memset(namespace, 's', namespace_size);
    namespace[namespace_size] = '\0';
    put(object, "metadata", "name", json_string(name));
    put(object, "metadata", "namespace", json_string(namespace));
}

// Commands are never cut in the middle.
static void test_long_names(void **state)
{
    static const size_t sizes[][2] = {{63, 63}, {253, 63}, {63, 1}, {20, 63}, {30, 20}, {1, 1}};
    static const char *const kinds[] = {"Deployment", "StatefulSet"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        bool deployment = i % 2 == 0;
        store(deployment ? new_deployment(kinds[0], 6) : new_stateful_set(6, rolling(0)));
        set_long_names(stored, sizes[i / 2][0], sizes[i / 2][1]);
        put(stored, "metadata/annotations", "deployment.kubernetes.io/revision",
            json_string("9223372036854775807"));
        push("web:2");
        expect_warning(": step 1 of 3, 1 of 6 pods");
        expect_warning(" evenkeel.dev/batch=2 --overwrite");
        expect_warning("kubectl");
        expect_warning("rollout undo ");
        if (deployment)
            expect_warning(" --to-revision=9223372036854775807");
        approve("nonsense");
        expect_warning("evenkeel refused the approval: ");
    }
}

static void test_every_refusal_fits(void **state)
{
    static const enum reason refusals[] = {
        REASON_APPROVAL_UNREADABLE,  REASON_APPROVAL_LOWERED,     REASON_APPROVAL_OTHER_TEMPLATE,
        REASON_APPROVAL_IN_MANIFEST, REASON_APPROVER_NOT_ALLOWED, REASON_APPROVAL_NOT_READY,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        assert_true(strlen("evenkeel refused the approval: ") + strlen(reason_doc(refusals[i])) <=
                    120);
}

static const char *version(void)
{
    return json_string_value(now("spec/template/metadata/labels/version"));
}

// Pods of the two versions have different labels, so that a mesh can route by subset.
static void test_version_label(void **state)
{
    (void)state;
    use_policy("workloads:\n  - versionLabel: {}\n    batches: [1, 50%]\n");
    store(new_deployment("Deployment", 6));
    push("web:2");
    assert_string_equal(version(), "2");
    json_t *second = json_deep_copy(now("spec/template"));
    approve("all");
    push("web:3");
    expect_held("1", "16%", "0%");
    assert_string_equal(version(), "3");
    settle(1, 7);
    approve("2");
    assert_string_equal(version(), "3");
    undo(second, now("metadata/annotations"));
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    assert_string_equal(version(), "2");
    assert_true(json_equal(now("spec/template"), second));
    json_decref(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(test_stateful_set_left_alone),
        RELEASE_TEST(test_stateful_set_to_on_delete),
        RELEASE_TEST(test_stateful_set_scaled_up),
        RELEASE_TEST(test_stateful_set_undone),
        RELEASE_TEST(test_partition_is_the_users),
        RELEASE_TEST(test_clone_set),
        RELEASE_TEST(test_clone_set_keeps_one),
        RELEASE_TEST(test_other_kinds),
        RELEASE_TEST(test_recreate_while_held),
        RELEASE_TEST(test_paused),
        RELEASE_TEST(test_observe),
        RELEASE_TEST(test_observe_what_was_enforced),
        RELEASE_TEST(test_opted_out),
        RELEASE_TEST(test_batches_removed),
        RELEASE_TEST(test_steps_are_fixed),
        RELEASE_TEST(test_approvers),
        RELEASE_TEST(test_approval_from_a_manifest),
        RELEASE_TEST(test_approval_with_a_change),
        RELEASE_TEST(test_not_ready),
        RELEASE_TEST(test_long_names),
        RELEASE_TEST(test_every_refusal_fits),
        RELEASE_TEST(test_version_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
