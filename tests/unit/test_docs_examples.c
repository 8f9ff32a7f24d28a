// The examples that the documents show: a folder below docs/examples with a before.yaml (and a
// policy.yaml, unless it is the default) has the engine's own result as after.yaml. With
// DOCS_UPDATE=1 those are written anew; tests/docs/test_docs.py keeps the documents to them.
#include <dirent.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/run.h"
#include "engine_fixture.h"
#include "manifest/edit.h"
#include "manifest/synthetic.h"

enum { EXAMPLES_MAX = 256, ARENA_MAX = 64 * 1024 * 1024 };

static const char *const roots[] = {"docs/examples", "docs/examples/rules"};
static char *folders[EXAMPLES_MAX];
static size_t folder_count;

static const char *join(const char *folder, const char *name)
{
    static char paths[4][1024];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void add_folder(const char *folder)
{
    if (access(join(folder, "before.yaml"), R_OK) == 0 && folder_count < EXAMPLES_MAX)
        folders[folder_count++] = strdup(folder);
}

static void find_folders(void)
{
    add_folder(roots[0]);
    struct dirent **entries;
    int count = scandir(roots[1], &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            add_folder(join(roots[1], entries[i]->d_name));
        free(entries[i]);
    }
    free(count >= 0 ? entries : NULL);
}

// The text of `file` as the plan that `body` leads to changes it.
static struct slice answer(const struct policy *policy, const struct object *object,
                           struct slice file, struct value value, struct slice body,
                           struct arena *arena)
{
    struct scratch *scratch = scratch_new();
    struct admission admission;
    struct splices splices = {0};
    struct error error = {0};
    struct slice json;
    struct text text;
    admit(scratch, &rules_table, policy, body, &admission);
    assert_non_null(admission.run);
    assert_true(admission.patch.size > 0);
    assert_int_equal(
        edit_object(object, file, value, admission.run->plan.root, arena, &splices, &json, &error),
        0);
    assert_true(splices_settle(&splices));
    text_init(&text, arena, ARENA_MAX / 2);
    splices_apply(&splices, file, 0, (uint32_t)file.size, &text);
    splices_clear(&splices);
    scratch_free(scratch);
    return text_slice(&text);
}

static struct slice edited(const struct policy *policy, struct slice file, struct arena *arena)
{
    struct splitter *splitter = splitter_new(file);
    struct synthetic_options options = {.evidence = SYNTHETIC_APPLY};
    struct object object;
    struct tape tape = {0};
    struct error error = {0};
    assert_int_equal(splitter_next(splitter, &object, &error), 1);
    assert_int_equal(tape_parse(&tape, object.json, TAPE_FULL, &error), 0);
    struct slice body = synthetic_review(&object, value_root(&tape), &options, arena, &error);
    assert_non_null(body.data);
    struct slice text = answer(policy, &object, file, value_root(&tape), body, arena);
    tape_clear(&tape);
    splitter_free(splitter);
    return text;
}

static void expect_after(const char *folder, struct slice text)
{
    const char *path = join(folder, "after.yaml");
    if (getenv("DOCS_UPDATE") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fwrite(text.data, 1, text.size, out);
        fclose(out);
        return;
    }
    struct slice expected = fixture_read(path);
    if (!slice_equal(expected, text))
        fail_msg("%s differs (DOCS_UPDATE=1 with this test writes it); got:\n%.*s", path,
                 (int)text.size, text.data);
    free((char *)expected.data);
}

static void test_example(void **state)
{
    const char *folder = *state;
    bool own = access(join(folder, "policy.yaml"), R_OK) == 0;
    struct policy *policy = fixture_policy(own ? join(folder, "policy.yaml") : "default");
    struct slice file = fixture_read(join(folder, "before.yaml"));
    struct arena *arena = arena_new(ARENA_MAX);
    assert_non_null(policy);
    assert_non_null(file.data);
    expect_after(folder, edited(policy, file, arena));
    arena_free(arena);
    free((char *)file.data);
    policy_free(policy);
}

// Each rule has an example of its own, and no folder is left of a rule that is gone.
static void test_every_rule(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < rules_table.count; i++)
        if (access(join(join(roots[1], rules_table.items[i]->name), "before.yaml"), R_OK) != 0)
            fail_msg("no example of %s in %s", rules_table.items[i]->name, roots[1]);
    assert_int_equal(folder_count, rules_table.count + 1);
}

int main(void)
{
    static struct CMUnitTest tests[EXAMPLES_MAX + 1];
    find_folders();
    for (size_t i = 0; i < folder_count; i++)
        tests[i] = (struct CMUnitTest){folders[i], test_example, NULL, NULL, folders[i]};
    tests[folder_count] = (struct CMUnitTest)cmocka_unit_test(test_every_rule);
    int failed = _cmocka_run_group_tests("docs examples", tests, folder_count + 1, NULL, NULL);
    for (size_t i = 0; i < folder_count; i++)
        free(folders[i]);
    return failed;
}
