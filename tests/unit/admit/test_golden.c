// The golden cases: tests/golden/<group>/<case>/, each a directory with
//   about          one sentence: what would break
//   object.yaml    a manifest, as `kubectl apply` would send it; or review.json, a whole review
//   old.yaml       makes it an UPDATE of this one
//   evidence       "none": as `kubectl create` would send it, without last-applied
//   policy.yaml    the policy; else the group's, else the embedded default
// and what is expected: report (a line for each outcome and warning), patch.json and injected.json
// (only where there is a patch). With GOLDEN_UPDATE=1 the expected files are rewritten. With a
// folder as argument, the reviews and patches of all cases are written there, for the test that
// sends them to a live server.
#include "manifest/defaults.h"
#include "tests/unit/golden_fixture.h"

static unsigned reasons_seen[REASONS_COUNT];
static unsigned rules_seen[RULES_MAX];
static const char *review_folder;

static bool updating(void)
{
    return getenv("GOLDEN_UPDATE") != NULL;
}

static char *report_of(const struct admission *admission)
{
    char *report = NULL;
    size_t size;
    FILE *out = open_memstream(&report, &size);
    if (admission->reason != REASON_NONE)
        fprintf(out, "object: %s\n", reason_name(admission->reason));
    reasons_seen[admission->reason]++;
    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        fprintf(out, "%s", outcome->rule ? outcome->rule->name : "annotation");
        if (outcome->container.size > 0)
            fprintf(out, "[%.*s]", (int)outcome->container.size, outcome->container.data);
        fprintf(out, ": %s %s\n", verdict_name(outcome->finding.verdict),
                reason_name(outcome->finding.reason));
        reasons_seen[outcome->finding.reason]++;
        for (uint32_t rule = 0; rule < rules_table.count; rule++)
            rules_seen[rule] += rules_table.items[rule] == outcome->rule;
    }
    for (uint32_t i = 0; i < admission->warning_count; i++)
        fprintf(out, "warning: %.*s\n", (int)admission->warnings[i].size,
                admission->warnings[i].data);
    fclose(out);
    return report;
}

static char *pretty(json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));
    char *line = malloc(strlen(text) + 2);
    sprintf(line, "%s\n", text);
    free(text);
    return line;
}

// Compares `text` (NULL: no such file) with the case's expected file, or writes that file.
static void expect_file(const char *folder, const char *name, const char *text)
{
    const char *path = join(folder, name);
    if (updating()) {
        unlink(path);
        FILE *file = text ? fopen(path, "w") : NULL;
        if (file != NULL) {
            fputs(text, file);
            fclose(file);
        }
        return;
    }
    struct slice expected = fixture_read(path);
    if (text == NULL && expected.data != NULL)
        fail_msg("%s is expected, and there is none", path);
    if (text != NULL && !slice_is(expected, text))
        fail_msg("%s differs; got:\n%s", path, text);
    free((char *)expected.data);
}

// Each difference is at or below a path that the patch names.
static void expect_only_patched(json_t *patch, json_t *before, json_t *after, const char *path)
{
    size_t index;
    json_t *operation;
    if (json_equal(before, after))
        return;
    json_array_foreach(patch, index, operation)
    {
        if (strcmp(json_string_value(json_object_get(operation, "path")), path) == 0)
            return;
    }
    char below[2048];
    if (json_is_object(before) && json_is_object(after)) {
        const char *key;
        json_t *member;
        json_object_foreach(after, key, member)
        {
            struct arena *arena = arena_new(ARENA_MAX);
            struct text token;
            text_init(&token, arena, 1024);
            for (const char *at = key; *at; at++)
                text_puts(&token, *at == '~' ? "~0" : *at == '/' ? "~1" : (char[]){*at, 0});
            snprintf(below, sizeof(below), "%s/%s", path, text_slice(&token).data);
            arena_free(arena);
            expect_only_patched(patch, json_object_get(before, key), member, below);
        }
        json_object_foreach(before, key, member) assert_non_null(json_object_get(after, key));
    } else if (json_is_array(before) && json_is_array(after)) {
        assert_int_equal(json_array_size(before), json_array_size(after));
        for (size_t i = 0; i < json_array_size(before); i++) {
            snprintf(below, sizeof(below), "%s/%zu", path, i);
            expect_only_patched(patch, json_array_get(before, i), json_array_get(after, i), below);
        }
    } else {
        fail_msg("changed outside the patched paths: %s", path);
    }
}

// The object that the apiserver makes of the patched one. It adds only what evenkeel did not write.
static json_t *defaulted(json_t *object)
{
    char *json = json_dumps(object, JSON_COMPACT);
    struct tape tape = {0};
    struct arena *arena = arena_new(ARENA_MAX);
    struct text text;
    text_init(&text, arena, ARENA_MAX / 2);
    assert_int_equal(tape_parse(&tape, slice_of(json), TAPE_FULL, NULL), 0);
    defaults_add(&text, value_root(&tape),
                 slice_of(json_string_value(json_object_get(object, "apiVersion"))),
                 slice_of(json_string_value(json_object_get(object, "kind"))),
                 &(struct defaults_context){0});
    struct slice full = text_slice(&text);
    json_t *result = json_loadb(full.data, full.size, JSON_ALLOW_NUL, NULL);
    assert_non_null(result);
    tape_clear(&tape);
    arena_free(arena);
    free(json);
    return result;
}

// Whether `stored` has a member, or a value, that `result` lacks. The API may leave out only values
// that its types cannot distinguish from absent, such as minReadySeconds: 0.
static bool has_more(json_t *stored, json_t *result)
{
    const char *key;
    json_t *value;
    size_t index;
    if (!json_is_object(stored) && !json_is_array(stored))
        return !json_equal(stored, result);
    if (json_is_array(stored) && json_array_size(stored) != json_array_size(result))
        return true;
    json_object_foreach(stored, key,
                        value) if (!json_object_get(result, key) ||
                                   has_more(value, json_object_get(result, key))) return true;
    json_array_foreach(stored, index,
                       value) if (has_more(value, json_array_get(result, index))) return true;
    return false;
}

static void expect_idempotent(struct scratch *scratch, const struct policy *policy, json_t *review,
                              json_t *result)
{
    json_t *stored = defaulted(result);
    if (has_more(stored, result))
        fail_msg("the API would add defaults to what was written: %s", pretty(stored));
    json_object_set(request_of(review), "object", stored);
    char *body = json_dumps(review, JSON_COMPACT);
    struct admission admission;
    struct answered again = fixture_admit(scratch, policy, slice_of(body), &admission);
    if (again.patch != NULL)
        fail_msg("fed again it gives a patch: %s", pretty(again.patch));
    answered_clear(&again);
    json_decref(stored);
    free(body);
}

static void write_for_live_test(const char *folder, const char *body, json_t *patch)
{
    char name[1024], file[1100];
    snprintf(name, sizeof(name), "%s", folder + strlen("tests/golden/"));
    for (char *at = name; *at; at++)
        *at = *at == '/' ? '+' : *at;
    snprintf(file, sizeof(file), "%s.review", name);
    FILE *out = fopen(join(review_folder, file), "w");
    fputs(body, out);
    fclose(out);
    char *text = patch ? json_dumps(patch, JSON_COMPACT) : strdup("");
    snprintf(file, sizeof(file), "%s.patch", name);
    out = fopen(join(review_folder, file), "w");
    fputs(text, out);
    fclose(out);
    free(text);
}

static void test_case(void **state)
{
    const char *folder = *state;
    struct policy *policy = case_policy(folder);
    struct scratch *scratch = scratch_new();
    json_t *review = case_review(folder);
    assert_non_null(policy);
    char *body = json_dumps(review, JSON_COMPACT);
    struct admission admission;
    struct answered answered = fixture_admit(scratch, policy, slice_of(body), &admission);
    assert_non_null(answered.response);
    char *report = report_of(&admission);
    if (review_folder != NULL)
        write_for_live_test(folder, body, answered.patch);
    expect_file(folder, "report", report);
    json_t *object = json_object_get(request_of(review), "object");
    json_t *result = fixture_apply(object, answered.patch);
    char *patch = answered.patch ? pretty(answered.patch) : NULL;
    char *injected = answered.patch ? pretty(result) : NULL;
    expect_file(folder, "patch.json", patch);
    expect_file(folder, "injected.json", injected);
    if (answered.patch != NULL) {
        expect_only_patched(answered.patch, object, result, "");
        expect_idempotent(scratch, policy, review, result);
    }
    free(injected);
    free(patch);
    free(report);
    free(body);
    json_decref(result);
    json_decref(review);
    answered_clear(&answered);
    scratch_free(scratch);
    policy_free(policy);
}

static void test_stale_files(void **state)
{
    (void)state;
    static const char *const known[] = {".",        "..",          "about",        "object.yaml",
                                        "old.yaml", "review.json", "evidence",     "policy.yaml",
                                        "report",   "patch.json",  "injected.json"};
    for (size_t i = 0; i < case_count; i++) {
        DIR *folder = opendir(cases[i]);
        for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
            bool found = false;
            for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
                found = found || strcmp(entry->d_name, known[k]) == 0;
            if (!found)
                fail_msg("%s/%s: what is this file for?", cases[i], entry->d_name);
        }
        closedir(folder);
        assert_true(exists(cases[i], "object.yaml") != exists(cases[i], "review.json"));
    }
}

// A case cannot show two reasons: out of memory, which test_oom.c has, and a review without uid,
// which test_admit.c has.
static void test_coverage(void **state)
{
    (void)state;
    unsigned missing = 0;
    for (uint32_t i = 0; i < rules_table.count; i++)
        if (rules_seen[i] == 0 && ++missing)
            print_error("no case for rule %s\n", rules_table.items[i]->name);
    for (int i = 0; i < REASONS_COUNT; i++)
        if (reasons_seen[i] == 0 && i != REASON_OUT_OF_MEMORY && ++missing)
            print_error("no case for reason %s\n", reason_name((enum reason)i));
    print_message("# %zu golden cases\n", case_count);
    assert_int_equal(missing, 0);
    assert_true(case_count >= 120);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[CASES_MAX + 2];
    review_folder = argc > 1 ? argv[1] : NULL;
    find_cases("tests/golden");
    for (size_t i = 0; i < case_count; i++)
        tests[i] = (struct CMUnitTest){cases[i], test_case, NULL, NULL, cases[i]};
    tests[case_count] = (struct CMUnitTest)cmocka_unit_test(test_stale_files);
    tests[case_count + 1] = (struct CMUnitTest)cmocka_unit_test(test_coverage);
    int failed = _cmocka_run_group_tests("golden", tests, case_count + 2, NULL, NULL);
    free_cases();
    return failed;
}
