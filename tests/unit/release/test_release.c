// The course of a batched release of a Deployment: held, approved, refused, rolled back, ended.
#include "tests/unit/release_fixture.h"

static void test_create_is_not_held(void **state)
{
    (void)state;
    expect_free("25%", "0");
    assert_null(json_object_get(now("metadata/annotations"), "evenkeel.dev/batch"));
}

static void test_step_by_step(void **state)
{
    (void)state;
    push("web:2");
    expect_held("1", "16%", "0%");
    assert_int_equal(last.release, RELEASE_STARTED);
    expect_warning("evenkeel holds web: step 1 of 3, 1 of 6 pods");
    expect_warning("kubectl -n shop annotate deployments/web evenkeel.dev/batch=2 --overwrite");
    expect_warning("kubectl -n shop rollout undo deployments/web --to-revision=4");
    settle(1, 7);
    approve("2");
    expect_held("2", "33%", "17%");
    assert_int_equal(last.release, RELEASE_APPROVED);
    expect_warning("evenkeel.dev/batch=3 ");
    settle(3, 8);
    approve("all");
    expect_free("25%", "0");
    assert_int_equal(last.release, RELEASE_FINISHED);
    expect_text("metadata/annotations/evenkeel.dev", NULL);
    assert_null(json_object_get(now("metadata/labels"), "evenkeel.dev/stable"));
    push("web:3");
    expect_held("1", "16%", "0%");
}

static void test_undo(void **state)
{
    (void)state;
    json_t *before = json_deep_copy(now("spec/template"));
    push("web:2");
    json_t *undone = edit();
    put(undone, "spec", "template", json_deep_copy(before));
    put(undone, "metadata", "annotations",
        json_pack("{s:s}", "deployment.kubernetes.io/revision", "4"));
    request(undone);
    expect_free("25%", "0");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    assert_true(json_equal(now("spec/template"), before));
    // And after the release was let through.
    push("web:2");
    settle(1, 7);
    approve("all");
    undone = edit();
    put(undone, "spec", "template", before);
    request(undone);
    expect_free("25%", "0");
    expect_report("release-rolled-back");
}

static void test_own_manifest_again(void **state)
{
    (void)state;
    json_t *older = new_deployment("Deployment", 6);
    push("web:2");
    json_t *replaced = new_deployment("Deployment", 6);
    set_image(replaced, "web:2");
    put(replaced, "", "status", json_deep_copy(now("status")));
    request(replaced);
    expect_held("1", "16%", "0%");
    assert_int_equal(last.release, RELEASE_NONE);
    request(older); // a replace with the older manifest is a rollback
    expect_free("25%", "0");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
}

static void test_refusals(void **state)
{
    (void)state;
    push("web:2");
    settle(0, 6);
    approve("2");
    expect_report("batches=ignored:approval-not-ready");
    expect_held("1", "16%", "0%");
    assert_int_equal(last.release, RELEASE_REFUSED);
    settle(1, 7);
    approve("soon");
    expect_report("approval-unreadable");
    approve("9");
    expect_report("approval-unreadable");
    approve("2@0123456789abcdef");
    expect_report("approval-other-template");
    user = "mallory";
    approve("2");
    expect_report("approver-not-allowed");
    expect_held("1", "16%", "0%");
    group = "release-managers";
    approve("2");
    expect_held("2", "33%", "17%");
    approve("1");
    expect_report("approval-lowered");
    expect_held("2", "33%", "17%");
    json_t *applied = edit();
    put(applied, "metadata/annotations", "evenkeel.dev/batch", json_string("all"));
    put(applied, "metadata/annotations", "kubectl.kubernetes.io/last-applied-configuration",
        json_string("{\"metadata\":{\"annotations\":{\"evenkeel.dev/batch\":\"all\"}}}"));
    request(applied);
    expect_report("approval-in-manifest");
    expect_held("2", "33%", "17%");
    assert_int_equal(last.release, RELEASE_REFUSED);
    expect_warning("evenkeel refused the approval");
}

static void test_approval_of_one_template(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    json_t *release = json_loads(
        json_string_value(json_object_get(now("metadata/annotations"), "evenkeel.dev/release")), 0,
        NULL);
    char batch[64];
    snprintf(batch, sizeof(batch), "2@%s", json_string_value(json_object_get(release, "template")));
    json_decref(release);
    approve(batch);
    expect_held("2", "33%", "17%");
    memcpy(batch, "all", 3);
    approve(batch);
    expect_report("approval-unreadable");
    release = bookkeeping();
    snprintf(batch, sizeof(batch), "all@%s",
             json_string_value(json_object_get(release, "template")));
    json_decref(release);
    approve(batch);
    expect_free("25%", "0");
}

static void test_users_values_while_held(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(3));
    put(object, "spec", "minReadySeconds", json_integer(7));
    request(object);
    expect_held("1", "16%", "0%");
    approve("all");
    expect_text("spec/minReadySeconds", "7");
    expect_text("spec/strategy/rollingUpdate/maxSurge", "3");
    expect_text("spec/strategy/rollingUpdate/maxUnavailable", "0");
    expect_text("spec/progressDeadlineSeconds", "600");
}

static void test_fix_forward(void **state)
{
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    push("web:2");
    settle(1, 7);
    approve("2");
    push("web:3");
    expect_held("1", "16%", "0%");
    assert_int_equal(last.release, RELEASE_STARTED);
    expect_warning("--to-revision=4");
    json_t *undone = edit();
    put(undone, "spec", "template", first);
    request(undone);
    expect_free("25%", "0");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
}

static void test_scaling(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "replicas", json_integer(10));
    request(object);
    expect_held("1", "10%", "0%");
    object = edit();
    put(object, "spec", "replicas", json_integer(1));
    request(object);
    expect_free("25%", "0");
    expect_report("too-few-replicas");
}

static void test_endings(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    put(object, "metadata/annotations", "evenkeel.dev/batches", json_string(""));
    request(object);
    expect_free("25%", "0");
    assert_int_equal(last.release, RELEASE_FINISHED);
    push("web:3");
    expect_free("25%", "0");
    object = edit();
    json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/batches");
    request(object);
    push("web:4");
    expect_held("1", "16%", "0%");
    object = edit();
    put(object, "metadata/annotations", "evenkeel.dev/inject", json_string("false"));
    request(object);
    expect_free("25%", "25%");
    assert_int_equal(last.release, RELEASE_FINISHED);
}

static void test_recreate(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    put(object, "spec", "strategy", json_pack("{s:s}", "type", "Recreate"));
    request(object);
    json_t *min_ready = now("spec/minReadySeconds");
    assert_int_equal(json_integer_value(min_ready), 0);
    assert_null(now("spec/strategy/rollingUpdate"));
    push("web:3");
    expect_report("batches=skipped:recreate");
}

static void test_restart(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        json_t *object = edit();
        put(object, "spec/template/metadata", "annotations",
            json_pack("{s:s}", "kubectl.kubernetes.io/restartedAt", turn ? "later" : "now"));
        request(object);
        if (turn == 0) {
            expect_report("batches=skipped:restart-only");
            expect_free("25%", "0");
            push("web:2");
        }
    }
    expect_held("1", "16%", "0%");
    assert_int_equal(last.release, RELEASE_STARTED);
}

static void restart(const char *time)
{
    json_t *object = edit();
    put(object, "spec/template/metadata", "annotations",
        json_pack("{s:s}", "kubectl.kubernetes.io/restartedAt", time));
    request(object);
    expect_report("batches=skipped:restart-only");
    expect_free("25%", "0");
}

// What evenkeel writes at a restart makes no new version of it, also when its answer is sent again.
static void test_restart_of_what_nothing_was_written_into(void **state)
{
    (void)state;
    store(new_deployment("Deployment", 6));
    restart("now");
    expect_report("preStop=injected:unset");
}

// A replace drops the time of the restart, and what evenkeel had written: one more restart.
static void test_replace_after_a_restart(void **state)
{
    (void)state;
    restart("now");
    request(new_deployment("Deployment", 6));
    expect_report("batches=skipped:restart-only");
    expect_report("preStop=injected:unset");
    expect_free("25%", "0");
}

static void test_export(void **state)
{
    (void)state;
    push("web:2");
    json_t *object = edit();
    struct answered answered = ask(object, NULL);
    json_t *result = fixture_apply(object, answered.patch);
    answered_clear(&answered);
    json_decref(object);
    json_decref(stored);
    stored = result;
    expect_free("25%", "0");
}

static void test_state_lost(void **state)
{
    (void)state;
    push("web:2");
    json_object_del(at(stored, "metadata/annotations"), "evenkeel.dev/release");
    json_object_del(at(stored, "metadata/annotations"), "evenkeel.dev/injected");
    json_t *object = edit();
    put(object, "metadata/annotations", "note", json_string("x"));
    request(object);
    expect_free("25%", "0");
}

static void test_values_without_a_release(void **state)
{
    (void)state;
    json_t *object = edit();
    put(object, "spec", "minReadySeconds", json_integer(2147483646));
    put(object, "spec", "progressDeadlineSeconds", json_integer(2147483647));
    request(object);
    expect_free("25%", "0");
    expect_report("hold-restored");
    expect_warning("put back the values");
}

// As if evenkeel had been away: the API stores what it gets.
static void test_away(void **state)
{
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    json_t *annotations = json_deep_copy(now("metadata/annotations"));
    push("web:2");
    settle(1, 7);
    approve("2");
    set_image(stored, "web:3");
    json_t *object = edit();
    put(object, "metadata/annotations", "note", json_string("back"));
    request(object);
    expect_held("1", "16%", "0%");
    put(stored, "spec", "template", first);
    put(stored, "metadata", "annotations", annotations); // the old ReplicaSet's
    object = edit();
    put(object, "metadata/annotations", "note", json_string("back"));
    request(object);
    expect_free("25%", "0");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
}

static void test_policy_changed(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    policy_free(policy);
    policy = fixture_policy_of("other", SLICE("apiVersion: evenkeel.dev/v1alpha1\n"
                                              "kind: RolloutPolicy\n"
                                              "workloads:\n"
                                              "  - rollingUpdate: {}\n"));
    user = "anybody";
    approve("2");
    expect_held("2", "33%", "17%");
    expect_report("batches=injected:release-approved");
    approve("all");
    expect_free("25%", "0");
    push("web:3");
    expect_free("25%", "0");
}

static void test_annotation_alone(void **state)
{
    (void)state;
    policy_free(policy);
    policy = fixture_policy_of("other", SLICE("apiVersion: evenkeel.dev/v1alpha1\n"
                                              "kind: RolloutPolicy\n"
                                              "workloads:\n"
                                              "  - rollingUpdate: {}\n"));
    put(stored, "metadata/annotations", "evenkeel.dev/batches", json_string("2,4"));
    push("web:2");
    expect_held("1", "33%", "0%");
    expect_warning("step 1 of 3, 2 of 6 pods");
}

static void test_stateful_set(void **state)
{
    (void)state;
    json_decref(stored);
    stored = new_deployment("StatefulSet", 5);
    json_object_del(at(stored, "spec"), "strategy");
    json_object_del(at(stored, "spec"), "progressDeadlineSeconds");
    put(stored, "spec", "updateStrategy",
        json_pack("{s:s,s:{s:i}}", "type", "RollingUpdate", "rollingUpdate", "partition", 0));
    push("web:2");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "4");
    settle(1, 5);
    approve("2");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "2");
    settle(3, 5);
    approve("all");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "0");
    put(stored, "spec/updateStrategy/rollingUpdate", "partition", json_integer(3));
    push("web:3");
    expect_report("batches=skipped:own-partition");
    expect_text("spec/updateStrategy/rollingUpdate/partition", "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(test_create_is_not_held),
        RELEASE_TEST(test_step_by_step),
        RELEASE_TEST(test_undo),
        RELEASE_TEST(test_own_manifest_again),
        RELEASE_TEST(test_refusals),
        RELEASE_TEST(test_approval_of_one_template),
        RELEASE_TEST(test_users_values_while_held),
        RELEASE_TEST(test_fix_forward),
        RELEASE_TEST(test_scaling),
        RELEASE_TEST(test_endings),
        RELEASE_TEST(test_recreate),
        RELEASE_TEST(test_restart),
        RELEASE_TEST(test_restart_of_what_nothing_was_written_into),
        RELEASE_TEST(test_replace_after_a_restart),
        RELEASE_TEST(test_export),
        RELEASE_TEST(test_state_lost),
        RELEASE_TEST(test_values_without_a_release),
        RELEASE_TEST(test_away),
        RELEASE_TEST(test_policy_changed),
        RELEASE_TEST(test_annotation_alone),
        RELEASE_TEST(test_stateful_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
