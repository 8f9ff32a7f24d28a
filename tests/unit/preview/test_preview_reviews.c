// Preview and the live webhook decide the same. For each real review of the corpus, this compares
// the engine's decision with preview's decision on the review's manifest.
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
#include "manifest/read.h"
#include "preview/decide.h"
#include "rules/rules.h"
#include "run/run.h"

#define CORPUS "../shared/corpus"

enum { ARENA = 64 * 1024 * 1024 };

static const char *const policies[] = {
    "webhook/loader/default.yaml",
    "tests/preview/everything.yaml",
    "docs/examples/policies/alibaba-flannel-cluster.yaml",
    "docs/examples/policies/alibaba-flannel-local.yaml",
    "docs/examples/policies/alibaba-terway.yaml",
    "docs/examples/policies/articles.yaml",
};

// Every edit of a plan as `path=json`, in the plan's order.
static void write_edits(struct text *text, struct plan *plan, struct place *place)
{
    if (place->action != ACTION_NONE) {
        text_add(text, plan_path_text(plan, place));
        text_puts(text, place->action == ACTION_SET ? "=" : " taken out");
        text_add(text, place->json);
        text_putc(text, '\n');
    }
    for (struct place *child = place->first_child; child; child = child->next_sibling)
        write_edits(text, plan, child);
}

// All decisions, as text.
static struct slice describe(const struct admission *admission, struct arena *arena)
{
    struct text text;

    text_init(&text, arena, ARENA);
    text_printf(&text, "%s\n", reason_name(admission->reason));
    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        text_printf(&text, "%s[%.*s]: %s, %s\n", outcome->rule ? outcome->rule->name : "",
                    (int)outcome->container.size, outcome->container.data,
                    verdict_name(outcome->finding.verdict), reason_name(outcome->finding.reason));
    }
    for (uint32_t i = 0; i < admission->warning_count; i++)
        text_printf(&text, "%.*s\n", (int)admission->warnings[i].size, admission->warnings[i].data);
    if (admission->run && admission->patch.size)
        write_edits(&text, (struct plan *)&admission->run->plan, admission->run->plan.root);
    return text_slice(&text);
}

struct comparison {
    const struct policy *policy;
    struct scratch *scratch;
    struct arena *arena;
    unsigned compared;
    unsigned agreed;
};

static struct slice read_file(const char *folder, const char *name)
{
    struct error error = {0};
    struct slice bytes;
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(input_read(path, &bytes, &error), 0);
    return bytes;
}

// Returns preview's decision for the object of this kind and name in a manifest. {NULL, 0} when it
// has none.
static struct slice preview_of(struct comparison *comparison, struct slice manifest,
                               const struct admission *live,
                               const struct synthetic_options *options)
{
    struct decider *decider = decider_new(comparison->policy, options);
    struct splitter *splitter = splitter_new(manifest);
    struct slice said = {0};
    struct splices splices = {0};
    struct object object;
    struct error error = {0};

    while (!said.data && splitter_next(splitter, &object, &error) == 1) {
        struct decision decision;
        assert_int_equal(decide_pass(decider, &object, &decision, &error), 0);
        if (!slice_equal(object.kind, live->kind) || !slice_equal(decision.name, live->name))
            continue;
        assert_int_equal(decide_inject(decider, &object, manifest, comparison->arena, &splices,
                                       &decision, &error),
                         0);
        said = describe(&decision.admission, comparison->arena);
    }
    assert_false(error.set);
    splices_clear(&splices);
    splitter_free(splitter);
    decider_free(decider);
    return said;
}

static void compare(struct comparison *comparison, const char *review, struct slice body,
                    struct slice manifest)
{
    // A plain POST leaves no evidence. An object with managedFields shows what was declared.
    static const struct synthetic_options options = {.operation = OPERATION_CREATE,
                                                     .evidence = SYNTHETIC_NONE};
    struct admission live;
    struct slice said;
    struct slice wanted;

    admit(comparison->scratch, &rules_table, comparison->policy, body, &live);
    wanted = describe(&live, comparison->arena);
    said = preview_of(comparison, manifest, &live, &options);
    comparison->compared++;
    if (slice_equal(said, wanted))
        comparison->agreed++;
    else
        print_error("%s\n%s\ninstead of\n%s\n", review, said.data ? said.data : "", wanted.data);
    arena_reset(comparison->arena);
}

// The object of the review itself, as a dump of the cluster would show it.
static void compare_dump(struct comparison *comparison, const char *review, struct slice body)
{
    struct tape tape = {0};
    struct error error = {0};

    assert_int_equal(tape_parse(&tape, body, TAPE_FULL, &error), 0);
    compare(comparison, review, body,
            value_raw(value_get(value_get(value_root(&tape), "request"), "object")));
    tape_clear(&tape);
}

// The corpus' server-side applies sent other objects than their manifests: those are compared only
// as dumps.
static void compare_all(struct comparison *manifests, struct comparison *dumps, FILE *index)
{
    char line[2048];

    while (fgets(line, sizeof(line), index)) {
        char *columns[9] = {0};
        char *rest = line;
        struct slice body;
        struct slice manifest;
        for (size_t i = 0; i < 9; i++)
            columns[i] = strsep(&rest, "\t\n");
        if (strcmp(columns[6], "CREATE") && strcmp(columns[6], "ssa-create:CREATE"))
            continue;
        body = read_file(CORPUS "/reviews", columns[0]);
        compare_dump(dumps, columns[0], body);
        if (!strcmp(columns[6], "CREATE")) {
            manifest = read_file(CORPUS "/manifests", columns[1]);
            compare(manifests, columns[0], body, manifest);
            free((char *)manifest.data);
        }
        free((char *)body.data);
    }
}

static void test_policy(void **state)
{
    const char *name = *state;
    FILE *index = fopen(CORPUS "/reviews/index.tsv", "r");
    struct comparison manifests = {0};
    struct comparison dumps;
    struct problems problems = {0};
    struct slice yaml;
    struct error error = {0};
    struct policy *policy;

    if (!index) {
        print_message("# no corpus at " CORPUS "\n");
        skip();
    }
    assert_int_equal(input_read(name, &yaml, &error), 0);
    policy = policy_load(&rules_table, name, yaml, &problems);
    assert_non_null(policy);
    manifests.policy = policy;
    manifests.scratch = scratch_new();
    manifests.arena = arena_new(ARENA);
    dumps = manifests;
    compare_all(&manifests, &dumps, index);
    print_message("# %s: the same as the webhook for %u of %u manifests, %u of %u dumps\n", name,
                  manifests.agreed, manifests.compared, dumps.agreed, dumps.compared);
    assert_true(manifests.compared > 900 && dumps.compared > 1000);
    assert_int_equal(manifests.agreed, manifests.compared);
    assert_int_equal(dumps.agreed, dumps.compared);
    scratch_free(manifests.scratch);
    arena_free(manifests.arena);
    problems_clear(&problems);
    policy_free(policy);
    free((char *)yaml.data);
    fclose(index);
}

enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

int main(void)
{
    struct CMUnitTest tests[POLICIES];

    for (size_t i = 0; i < POLICIES; i++)
        tests[i] = (struct CMUnitTest){
            .name = policies[i], .test_func = test_policy, .initial_state = (void *)policies[i]};
    return _cmocka_run_group_tests("preview and webhook", tests, POLICIES, NULL, NULL);
}
