// Fails each allocation between a manifest's bytes and its patched text in turn. The result is an
// error or the complete text, and never half of it. Linked with malloc, calloc and realloc wrapped
// (see the Makefile).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "loader/load.h"
#include "preview/decide.h"
#include "preview/hints.h"
#include "preview/learn.h"
#include "rules/rules.h"
#include "tests/unit/failing_malloc.h"

// The engine has its own test (test_oom.c), and answers without a patch when memory is short.
void __real_admit(struct scratch *scratch, const struct rules *rules, const struct policy *policy,
                  struct slice body, struct admission *admission);
void __wrap_admit(struct scratch *scratch, const struct rules *rules, const struct policy *policy,
                  struct slice body, struct admission *admission);

void __wrap_admit(struct scratch *scratch, const struct rules *rules, const struct policy *policy,
                  struct slice body, struct admission *admission)
{
    unsigned long made = allocation;

    __real_admit(scratch, rules, policy, body, admission);
    if (fail_at > made && fail_at <= allocation)
        admission->reason = REASON_OUT_OF_MEMORY;
}

#define WORKLOAD                                                                                   \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n"             \
    "    spec:\n      containers:\n      - name: app\n        ports: [{containerPort: 80}]\n"

static const char *const texts[] = {
    WORKLOAD,
    "# c\n---\nkind: ConfigMap\n---\n" WORKLOAD "---\nb: [\n",
    "apiVersion: v1\nkind: List\nx: &c {name: app, ports: [{containerPort: 80}]}\nitems:\n"
    "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n"
    "  spec: {template: {spec: {containers: [*c]}}}\n"
    "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: &m\n    name: a\n    annotations:\n"
    "  spec:\n    template:\n      metadata:\n        <<: *m\n      spec:\n        containers:\n"
    "        - <<: *c\n          image: x\n",
    "{\"kind\":\"List\",\"items\":[{\"apiVersion\":\"apps/"
    "v1\",\"kind\":\"Deployment\",\"metadata\":{},"
    "\n\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"app\"}]}}}}]}",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n---\n" WORKLOAD,
};

struct run {
    const struct policy *policy;
    struct slice file;
    bool remove;
    struct arena *arena;
    struct splices splices;
    struct namespaces namespaces;
    struct services services;
    unsigned errors;
    unsigned expected; // errors without any shortage
};

static void decide_all(struct run *run, struct splitter *splitter, struct decider *decider)
{
    struct object object;
    int found = 1;

    while (found != 0) {
        struct error error = {0};
        struct decision decision;
        found = splitter_next(splitter, &object, &error);
        if (found == 1 && run->remove)
            decide_remove(decider, &object, run->file, run->arena, &run->splices, &decision,
                          &error);
        else if (found == 1)
            decide_inject(decider, &object, run->file, run->arena, &run->splices, &decision,
                          &error);
        run->errors += error.set;
    }
}

// The patched text, in memory of its own; NULL when something failed.
static char *run_all(struct run *run)
{
    static const struct synthetic_options options = {0};
    struct splitter *splitter = splitter_new(run->file);
    struct decider *decider = decider_new(run->policy, &options);
    struct error error = {0};
    struct text text;
    char *result = NULL;

    run->arena = arena_new(64 * 1024 * 1024);
    if (splitter && decider && run->arena &&
        learn_file(&run->namespaces, &run->services, "x", run->file, SLICE("default"), &error) ==
            0) {
        decide_all(run, splitter, decider);
        text_init(&text, run->arena, 1024 * 1024);
        if (run->errors == run->expected && splices_settle(&run->splices)) {
            splices_apply(&run->splices, run->file, 0, (uint32_t)run->file.size, &text);
            fail_at = text_slice(&text).data ? 0 : fail_at;
            result = text.failed ? NULL : strdup(text.data);
        }
    }
    namespaces_clear(&run->namespaces);
    services_clear(&run->services);
    splices_clear(&run->splices);
    splitter_free(splitter);
    decider_free(decider);
    arena_free(run->arena);
    return result;
}

static unsigned long check(const struct policy *policy, const char *text, unsigned expected,
                           bool remove, char **out)
{
    struct run run = {
        .policy = policy, .file = slice_of(text), .remove = remove, .expected = expected};
    unsigned long count;

    allocation = fail_at = 0;
    *out = run_all(&run);
    assert_non_null(*out);
    count = allocation;
    for (unsigned long at = 1; at <= count; at++) {
        struct run failing = {
            .policy = policy, .file = slice_of(text), .remove = remove, .expected = expected};
        char *result;
        allocation = 0;
        fail_at = at;
        result = run_all(&failing);
        fail_at = 0;
        if (result)
            assert_string_equal(result, *out);
        free(result);
    }
    return count;
}

static void test_text(void **state)
{
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, "default", policy_default_yaml(), &problems);
    const char *text = *state;
    unsigned broken = strstr(text, "b: [\n") ? 1 : 0;
    unsigned long failures;
    char *injected;
    char *removed;

    assert_non_null(policy);
    failures = check(policy, text, broken, false, &injected);
    assert_string_not_equal(injected, text);
    failures += check(policy, injected, broken, true, &removed);
    print_message("# %lu allocations failed, one at a time\n", failures);
    assert_true(failures > 50);
    free(injected);
    free(removed);
    problems_clear(&problems);
    policy_free(policy);
}

enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

int main(void)
{
    static const char *const names[TEXTS] = {"a Deployment", "a stream", "anchors and aliases",
                                             "JSON", "a namespace"};
    struct CMUnitTest tests[TEXTS];

    for (size_t i = 0; i < TEXTS; i++)
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = test_text, .initial_state = (void *)texts[i]};
    return _cmocka_run_group_tests("preview without memory", tests, TEXTS, NULL, NULL);
}
