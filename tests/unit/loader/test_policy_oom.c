// Loads a policy with each allocation failing in turn: nothing leaks, nothing is read, and the
// failure is an error.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/failing_malloc.h"
#include "tests/unit/policy_fixture.h"

static const char text[] = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"
                           "workloads:\n"
                           "  - match: &m\n"
                           "      names: [a, b]\n"
                           "      labelSelector: {matchLabels: {x: w}} # é\n"
                           "      exclude: [{names: [c]}]\n"
                           "    probe:\n"
                           "      object: {port: 1, headers: [{name: a}]}\n"
                           "      strings: [a]\n"
                           "      map: {a: b}\n"
                           "      text: c\n"
                           "  - match: {<<: *m}\n"
                           "    surge: {share: 5}\n";

static void run(const char *yaml, unsigned long nth, bool good)
{
    size_t size = strlen(yaml);
    struct problems problems = {0};
    struct policy *policy;

    allocation = 0;
    fail_at = nth;
    policy = policy_load(&fake_rules, "test", (struct slice){yaml, size}, &problems);
    fail_at = 0;
    if (!policy)
        assert_true(problems.errors > 0);
    else
        assert_int_equal(problems.errors, 0);
    if (nth == 0)
        assert_true((policy != NULL) == good);
    policy_free(policy);
    problems_clear(&problems);
}

static void fail_each(const char *yaml, bool good)
{
    unsigned long total;

    run(yaml, 0, good);
    total = allocation;
    assert_true(total > 50);
    for (unsigned long nth = 1; nth <= total; nth++)
        run(yaml, nth, good);
}

static void test_good_policy(void **state)
{
    (void)state;
    fail_each(text, true);
}

static void test_bad_policy(void **state)
{
    char bad[sizeof(text) + 64];

    (void)state;
    snprintf(bad, sizeof(bad), "%sservices: [probe: 5, {}]\nmodes: x\n", text);
    fail_each(bad, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_policy),
        cmocka_unit_test(test_bad_policy),
    };
    return cmocka_run_group_tests_name("policy_oom", tests, NULL, NULL);
}
