// Fails each allocation of the golden cases in turn: no crash, no leak, and a complete answer.
// Linked with malloc, calloc and realloc wrapped (see the Makefile), so that only the project's own
// allocations fail.
#include "tests/unit/failing_malloc.h"
#include "tests/unit/golden_fixture.h"

static void begin(unsigned long at)
{
    allocation = 0;
    fail_at = at;
}

static unsigned long failures;

// Runs admit() with allocation `at` failing. Returns how many allocations it made. If none fails,
// `patch` is set to the answer. Otherwise it must answer that patch or none, because a decision
// made while memory was short may be wrong.
static unsigned long admit_failing(const struct policy *policy, struct slice body, unsigned long at,
                                   char **patch)
{
    struct admission admission = {0};
    begin(at);
    struct scratch *scratch = scratch_new();
    if (scratch != NULL)
        admit(scratch, &rules_table, policy, body, &admission);
    unsigned long made = allocation;
    begin(0);
    if (scratch != NULL && admission.response.size > 0) {
        json_t *answer = json_loadb(admission.response.data, admission.response.size, 0, NULL);
        assert_non_null(answer);
        assert_true(json_is_true(json_object_get(json_object_get(answer, "response"), "allowed")));
        json_decref(answer);
    }
    if (at == 0)
        *patch =
            strndup(admission.patch.size > 0 ? admission.patch.data : "", admission.patch.size);
    else if (admission.patch.size > 0)
        assert_true(slice_is(admission.patch, *patch));
    else if (admission.reason == REASON_OUT_OF_MEMORY)
        assert_int_equal(admission.outcome_count, 0);
    if (at > 0)
        failures++;
    scratch_free(scratch);
    return made;
}

static void admit_failing_in_turn(const struct policy *policy, struct slice body)
{
    char *patch;
    unsigned long count = admit_failing(policy, body, 0, &patch);
    assert_true(count > 1);
    for (unsigned long at = 1; at <= count; at++)
        admit_failing(policy, body, at, &patch);
    free(patch);
}

static void test_case(void **state)
{
    const char *folder = *state;
    struct policy *policy = case_policy(folder);
    json_t *review = case_review(folder);
    char *body = json_dumps(review, JSON_COMPACT);
    admit_failing_in_turn(policy, slice_of(body));
    free(body);
    json_decref(review);
    policy_free(policy);
}

// The fields of an Apply are read late. More fields take more memory.
static void test_large_apply(void **state)
{
    (void)state;
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, "policy", policy_default_yaml(), &problems);
    struct arena *arena = arena_new(1 << 20);
    struct text body;
    text_init(&body, arena, 1 << 20);
    text_puts(&body, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                     "\"request\":{\"uid\":\"1\",\"kind\":{\"group\":\"apps\",\"kind\":"
                     "\"Deployment\"},\"namespace\":\"shop\",\"operation\":\"CREATE\","
                     "\"object\":{\"metadata\":{\"name\":\"web\",\"managedFields\":[{"
                     "\"operation\":\"Apply\",\"fieldsV1\":{\"f:spec\":{\"f:template\":{"
                     "\"f:spec\":{\"f:terminationGracePeriodSeconds\":{},\"f:containers\":{}}}},"
                     "\"f:metadata\":{");
    for (int i = 0; i < 1500; i++)
        text_printf(&body, "%s\"f:%d\":{}", i > 0 ? "," : "", i);
    text_puts(&body, "}}}]},\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":"
                     "30,\"containers\":[{\"name\":\"app\",\"image\":\"web:1\"}]}}}}}}");
    admit_failing_in_turn(policy, text_slice(&body));
    arena_free(arena);
    problems_clear(&problems);
    policy_free(policy);
}

static unsigned long load_failing(struct slice yaml, unsigned long at, bool *loaded)
{
    struct problems problems = {0};
    begin(at);
    struct policy *policy = policy_load(&rules_table, "policy", yaml, &problems);
    unsigned long made = allocation;
    begin(0);
    *loaded = policy != NULL;
    problems_clear(&problems);
    policy_free(policy);
    return made;
}

static void test_policy_load(void **state)
{
    (void)state;
    bool loaded;
    unsigned long count = load_failing(policy_default_yaml(), 0, &loaded);
    assert_true(loaded && count > 1);
    for (unsigned long at = 1; at <= count; at++)
        load_failing(policy_default_yaml(), at, &loaded);
    print_message("# default policy: %lu allocations failed in turn\n", count);
}

static void test_figures(void **state)
{
    (void)state;
    print_message("# golden cases: %lu allocations failed in turn\n", failures);
    assert_true(failures > 1000);
}

int main(void)
{
    static struct CMUnitTest tests[CASES_MAX + 3];
    find_cases("tests/golden");
    for (size_t i = 0; i < case_count; i++)
        tests[i] = (struct CMUnitTest){cases[i], test_case, NULL, NULL, cases[i]};
    tests[case_count] = (struct CMUnitTest)cmocka_unit_test(test_policy_load);
    tests[case_count + 1] = (struct CMUnitTest)cmocka_unit_test(test_large_apply);
    tests[case_count + 2] = (struct CMUnitTest)cmocka_unit_test(test_figures);
    int failed = _cmocka_run_group_tests("oom", tests, case_count + 3, NULL, NULL);
    free_cases();
    return failed;
}
