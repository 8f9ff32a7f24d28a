// How many pods of each version a held step gives, with the deployment controller's own rounding.
#include "release/steps.h"
#include "tests/unit/release_fixture.h"

// ResolveFenceposts: maxSurge rounds up, maxUnavailable down. The controller then makes new pods up
// to replicas + maxSurge in all, and keeps replicas - maxUnavailable old ones, because held pods
// are not available.
static int64_t round_up(int64_t percent, int64_t replicas)
{
    return (percent * replicas + 99) / 100;
}

static int64_t round_down(int64_t percent, int64_t replicas)
{
    return percent * replicas / 100;
}

static int64_t percent_at(const char *path)
{
    const char *text = json_string_value(now(path));
    assert_non_null(text);
    assert_int_equal(text[strlen(text) - 1], '%');
    return strtol(text, NULL, 10);
}

static void expect_pods(int64_t new_pods, int64_t old_pods)
{
    int64_t replicas = json_integer_value(now("spec/replicas"));
    int64_t surge = round_up(percent_at("spec/strategy/rollingUpdate/maxSurge"), replicas);
    int64_t gone = round_down(percent_at("spec/strategy/rollingUpdate/maxUnavailable"), replicas);
    assert_int_equal(surge + gone, new_pods);
    assert_int_equal(replicas - gone, old_pods);
    settle((int)new_pods, (int)(replicas + surge));
}

static void start(int replicas, const char *steps)
{
    store(new_deployment("Deployment", replicas));
    put(stored, "metadata/annotations", "evenkeel.dev/batches", json_string(steps));
    push("web:2");
    assert_int_equal(last.release, RELEASE_STARTED);
}

static void test_exact_up_to_a_hundred(void **state)
{
    (void)state;
    for (int64_t replicas = 2; replicas <= 100; replicas++) {
        for (int32_t first = 1; first < replicas; first++) {
            for (int32_t second = first + 1; second < replicas; second += 7) {
                struct steps steps = {.items = {{first, false}, {second, false}}, .count = 2};
                struct steps_hold one = steps_hold(&steps, 1, 0, replicas);
                struct steps_hold two = steps_hold(&steps, 2, 1, replicas);
                assert_int_equal(one.unavailable, 0);
                assert_int_equal(round_up(one.surge, replicas), first);
                assert_int_equal(round_down(two.unavailable, replicas), first);
                assert_int_equal(round_up(two.surge, replicas), second - first);
                assert_int_equal(one.pods, first);
                assert_int_equal(two.pods, second);
            }
        }
    }
}

// With more than a hundred pods, one percent is more than a pod. Approving a step never removes
// more old pods than there are verified new ones, whatever the step's size is.
static void test_safe_above_a_hundred(void **state)
{
    (void)state;
    for (int64_t replicas = 101; replicas <= 5000; replicas += 37) {
        for (int32_t first = 1; first < replicas; first += 13) {
            for (int32_t second = first + 1; second < replicas; second += 97) {
                struct steps steps = {.items = {{first, false}, {second, false}}, .count = 2};
                struct steps_hold one = steps_hold(&steps, 1, 0, replicas);
                struct steps_hold two = steps_hold(&steps, 2, 1, replicas);
                assert_true(round_down(two.unavailable, replicas) <= one.pods);
                assert_int_equal(one.pods, round_up(one.surge, replicas));
                assert_true(one.pods <= first || one.surge == 1);
                assert_true(one.surge > 0 && two.surge > 0 && two.unavailable <= 99);
            }
        }
    }
}

static void test_mixed_steps(void **state)
{
    static const struct {
        int replicas;
        const char *steps;
        int pods[4]; // of each step that is held
    } cases[] = {
        {3, "1,50%", {1, 2}},         {7, "1,30%,4", {1, 3, 4}},  {10, "1,25%,5,80%", {1, 3, 5, 8}},
        {10, "10%,2,30%", {1, 2, 3}}, {7, "1%,99%,100%", {1, 0}}, {2, "50%", {1}},
        {100, "1,2%,50", {1, 2, 50}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int before = 0;
        start(cases[i].replicas, cases[i].steps);
        for (int step = 0; step < 4 && cases[i].pods[step] > 0; step++) {
            char next[16];
            expect_held(label("evenkeel.dev/held"),
                        json_string_value(now("spec/strategy/rollingUpdate/maxSurge")),
                        json_string_value(now("spec/strategy/rollingUpdate/maxUnavailable")));
            expect_pods(cases[i].pods[step], cases[i].replicas - before);
            before = cases[i].pods[step];
            snprintf(next, sizeof(next), "%d", atoi(label("evenkeel.dev/held")) + 1);
            approve(next);
        }
        expect_free("25%", "0");
        assert_int_equal(last.release, RELEASE_FINISHED);
    }
}

// Approving step 3 while step 1 is held: only step 1's pods were verified, so only that many old
// ones may be removed.
static void test_jump(void **state)
{
    (void)state;
    start(10, "1,5,8");
    expect_pods(1, 10);
    approve("3");
    expect_held("3", "70%", "10%");
    expect_pods(8, 9);
    annotate("note", "x");
    expect_held("3", "70%", "10%");
}

static void test_step_skipped_here(void **state)
{
    (void)state;
    start(4, "2,50%,3"); // 2, 2, 3 pods
    expect_warning("evenkeel.dev/batch=3 ");
    expect_pods(2, 4);
    approve("2");
    expect_held("3", "25%", "50%");
    expect_warning("step 3 of 4, 3 of 4 pods");
    expect_warning("evenkeel.dev/batch=4 ");
    expect_pods(3, 2);
    approve("4");
    expect_free("25%", "0");
}

static void test_no_steps(void **state)
{
    (void)state;
    store(new_deployment("Deployment", 4));
    put(stored, "metadata/annotations", "evenkeel.dev/batches", json_string("5,100%"));
    push("web:2");
    expect_report("batches=skipped:no-steps");
    expect_free("25%", "0");
    // If a held object has shrunk until its steps have no meaning, a newer version ends the hold.
    start(10, "5");
    json_t *object = edit();
    put(object, "spec", "replicas", json_integer(4));
    request(object);
    expect_held("1", "100%", "0%");
    push("web:3");
    expect_report("batches=injected:no-steps");
    assert_int_equal(last.release, RELEASE_FINISHED);
    expect_free("25%", "0");
}

static void test_many_pods(void **state)
{
    (void)state;
    start(1000, "15,3%"); // whole percents: 1% and 3%
    expect_warning("step 1 of 3, 10 of 1000 pods");
    expect_held("1", "1%", "0%");
    settle(9, 1009);
    approve("2");
    expect_report("approval-not-ready");
    settle(10, 1010);
    approve("2");
    expect_held("2", "2%", "1%");
    expect_pods(30, 990);
    start(250, "1");
    expect_warning("step 1 of 2, 3 of 250 pods");
}

static void test_scaled_while_held(void **state)
{
    (void)state;
    start(10, "2,50%");
    settle(2, 12);
    approve("2");
    expect_held("2", "30%", "20%");
    // evenkeel does not see the scale subresource. The shares stay, and the next request shows the
    // change.
    put(stored, "spec", "replicas", json_integer(4));
    settle(4, 6);
    annotate("note", "x");
    expect_held("2", "25%", "25%");
    expect_warning("scaling gave the held version 4 pods, more than the 2 of step 2");
    put(stored, "status", "observedGeneration", json_integer(0));
    annotate("note", "y");
    assert_false(is_warned("scaling"));
}

static void test_zero_and_back(void **state)
{
    (void)state;
    json_t *first = json_deep_copy(now("spec/template"));
    push("web:2");
    put(stored, "spec", "replicas", json_integer(0)); // by the scale subresource
    undo(first, now("metadata/annotations"));
    assert_int_equal(last.release, RELEASE_ROLLED_BACK);
    expect_free("25%", "0");
    assert_true(json_equal(now("spec/template"), first));
    push("web:2");
    expect_report("batches=skipped:too-few-replicas");
    undo(first, now("metadata/annotations"));
    expect_report("batches=kept:release-rolled-back");
    json_decref(first);
}

static void test_words(void **state)
{
    static const char *const bad[] = {"50%,20%", "2,2", "0", "101%", "x", "1,,2", "-1", "1.5"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        store(new_deployment("Deployment", 6));
        put(stored, "metadata/annotations", "evenkeel.dev/batches", json_string(bad[i]));
        push("web:2");
        expect_report("batches=ignored:override-invalid");
        expect_held("1", "16%", "0%"); // the policy's own steps
    }
    start(6, " 2 , 50% ");
    expect_held("1", "33%", "0%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(test_exact_up_to_a_hundred),
        RELEASE_TEST(test_safe_above_a_hundred),
        RELEASE_TEST(test_mixed_steps),
        RELEASE_TEST(test_jump),
        RELEASE_TEST(test_step_skipped_here),
        RELEASE_TEST(test_no_steps),
        RELEASE_TEST(test_many_pods),
        RELEASE_TEST(test_scaled_while_held),
        RELEASE_TEST(test_zero_and_back),
        RELEASE_TEST(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
