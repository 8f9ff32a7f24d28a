// evenkeel may lose the marks by which it recognizes releases: its bookkeeping, or its memory of
// the versions from which releases started. A version that already runs must never be held as if it
// were new.
#include "tests/unit/release_fixture.h"

// As if a person had deleted evenkeel's notes on the template while evenkeel was away.
static void lose_bookkeeping(void)
{
    json_object_del(at(stored, "metadata/annotations"), "evenkeel.dev/injected");
}

static json_t *manifest(const char *image)
{
    json_t *object = new_deployment("Deployment", 6);
    set_image(object, image);
    return object;
}

// The user's manifest has no hook, so the template differs until the rules have run.
static void test_replaced_without_bookkeeping(void **state)
{
    (void)state;
    json_t *running = json_deep_copy(now("spec/template"));
    lose_bookkeeping();
    request(manifest("web:1"));
    assert_true(json_equal(now("spec/template"), running));
    expect_free("25%", "0");
    expect_report("batches=skipped:template-unchanged");
    assert_int_equal(last.release, RELEASE_NONE);
    assert_null(annotation("evenkeel.dev/release"));
    json_decref(running);
}

static void test_replaced_while_held(void **state)
{
    (void)state;
    push("web:2");
    settle(1, 7);
    approve("2");
    json_t *held = json_deep_copy(now("spec/template"));
    json_object_del(at(stored, "metadata/annotations"), "evenkeel.dev/injected");
    for (int turn = 0; turn < 2; turn++) {
        request(manifest("web:2"));
        assert_true(json_equal(now("spec/template"), held));
        expect_held("2", "33%", "17%");
        expect_report("batches=kept:release-held");
        assert_int_equal(last.release, RELEASE_NONE);
    }
    json_decref(held);
    settle(3, 8);
    approve("all");
    expect_free("25%", "0");
}

// The release started from a template with a hook that evenkeel took for the user's.
static void test_gone_back_without_bookkeeping(void **state)
{
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    json_object_del(at(stored, "metadata/annotations"), "evenkeel.dev/injected");
    push("web:2");
    expect_held("1", "16%", "0%");
    request(manifest("web:1"));
    assert_true(json_equal(now("spec/template"), first));
    expect_free("25%", "0");
    expect_report("batches=injected:release-rolled-back");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    json_decref(first);
}

static void finish(const char *image)
{
    push(image);
    approve("all");
    assert_int_equal(last.release, RELEASE_FINISHED);
}

// A replace with a manifest that has the whole spec changes only the annotations.
static void test_memory_dropped_alone(void **state)
{
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    finish("web:2");
    json_t *object = edit();
    put(object, "metadata", "annotations", json_object());
    request(object);
    json_t *release = bookkeeping();
    assert_int_equal(json_array_size(json_object_get(release, "stable")), 1);
    json_decref(release);
    annotate("evenkeel.dev/release", "{\"stable\":[]}");
    json_t *none = json_object();
    undo(first, none);
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    expect_free("25%", "0");
    json_decref(none);
    json_decref(first);
}

// Nobody asks for batches any more, so the memory of them may be dropped.
static void test_memory_not_wanted(void **state)
{
    (void)state;
    finish("web:2");
    use_policy("workloads:\n  - rollingUpdate: {}\n");
    json_t *object = edit();
    json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/release");
    request(object);
    assert_null(annotation("evenkeel.dev/release"));
}

// Going back with the former manifest drops nothing that would have to be written again.
static void test_every_rollback_counts(void **state)
{
    (void)state;
    finish("web:2");
    finish("web:3");
    for (int turn = 0; turn < 2; turn++) {
        push("web:1");
        assert_int_equal(last.release, RELEASE_ROLLED_BACK);
        expect_free("25%", "0");
        push("web:2"); // and back by another way
        assert_int_equal(last.release, RELEASE_ROLLED_BACK);
        annotate("note", turn ? "x" : "y");
        assert_int_equal(last.release, RELEASE_NONE);
    }
}

// Until the controller looks at a new version, the revision is still the former one's.
static void test_revision_not_known_yet(void **state)
{
    (void)state;
    finish("web:2"); // the controller has not seen it
    push("web:3");
    expect_warning("kubectl -n shop rollout undo deployments/web");
    assert_false(is_warned("--to-revision"));
    approve("all");
    settle(6, 6);
    push("web:4");
    expect_warning("--to-revision=4");
}

// The same version has two ReplicaSets, of an earlier policy and of this one: both are left alone.
static void test_undo_to_an_earlier_policy(void **state)
{
    (void)state;
    json_t *earlier = json_deep_copy(now("spec/template"));
    json_t *annotations = json_deep_copy(now("metadata/annotations"));
    use_policy("workloads:\n  - preStop: {sleepSeconds: 7}\n");
    push("web:2");
    push("web:1");
    assert_false(json_equal(now("spec/template"), earlier));
    use_policy("workloads:\n  - preStop: {sleepSeconds: 7}\n    batches: [1, 50%]\n");
    push("web:2");
    assert_int_equal(last.release, RELEASE_STARTED);
    undo(earlier, annotations);
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    assert_true(json_equal(now("spec/template"), earlier));
    json_decref(annotations);
    json_decref(earlier);
}

// The restarted version runs. Its manifest alone is another version.
static void test_restarted_since(void **state)
{
    (void)state;
    json_t *object = edit();
    put(object, "spec/template/metadata", "annotations",
        json_pack("{s:s}", "kubectl.kubernetes.io/restartedAt", "now"));
    request(object);
    expect_report("restart-only");
    push("web:2");
    push("web:1"); // an apply leaves what it did not declare
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    push("web:2");
    request(manifest("web:1"));
    assert_int_equal(last.release, RELEASE_STARTED);
    expect_held("1", "16%", "0%");
}

// kubectl's undo replaces all annotations except the applied manifest.
static void test_values_by_the_manifest(void **state)
{
    static const char applied[] =
        "{\"spec\":{\"minReadySeconds\":7,\"progressDeadlineSeconds\":-1,\"strategy\":{"
        "\"rollingUpdate\":{\"maxSurge\":3}}}}";
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    json_t *annotations = json_deep_copy(now("metadata/annotations"));
    json_object_set_new(annotations, "kubectl.kubernetes.io/last-applied-configuration",
                        json_string(applied));
    put(stored, "spec", "minReadySeconds", json_integer(7));
    put(stored, "spec", "replicas", json_integer(4));
    push("web:2");
    expect_held("1", "25%", "0%");          // the API's default, but not declared by the user
    put(stored, "spec", "template", first); // while evenkeel is away
    put(stored, "metadata", "annotations", annotations);
    annotate("note", "back");
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    expect_text("spec/minReadySeconds", "7");
    expect_text("spec/progressDeadlineSeconds", "600"); // it has no valid value
    expect_text("spec/strategy/rollingUpdate/maxSurge", "3");
    expect_text("spec/strategy/rollingUpdate/maxUnavailable", "0"); // the policy's
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(test_replaced_without_bookkeeping),
        RELEASE_TEST(test_replaced_while_held),
        RELEASE_TEST(test_gone_back_without_bookkeeping),
        RELEASE_TEST(test_memory_dropped_alone),
        RELEASE_TEST(test_memory_not_wanted),
        RELEASE_TEST(test_every_rollback_counts),
        RELEASE_TEST(test_revision_not_known_yet),
        RELEASE_TEST(test_undo_to_an_earlier_policy),
        RELEASE_TEST(test_restarted_since),
        RELEASE_TEST(test_values_by_the_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
