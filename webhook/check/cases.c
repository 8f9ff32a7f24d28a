// Finds the cases and the policy of each, and prints the results.
#include "check/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "check/case.h"
#include "check/line_diff.h"
#include "loader/load.h"
#include "manifest/read.h"
#include "rules/rules.h"

enum { PATH_SIZE = 4096 };

struct cases {
    const char *root;
    const char *policy_option;
    struct scratch *scratch;
    struct arena *arena; // for one case
    char policy_file[PATH_SIZE];
    struct policy *policy; // of policy_file; NULL: none yet, or it cannot be used
    unsigned fine;
    unsigned failed;
    unsigned broken; // could not be run
};

// Prints a name so that no byte of it can control the terminal.
static void print_name(FILE *stream, const char *name)
{
    for (; *name; name++)
        putc((unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name, stream);
}

static void complain(const char *name, const struct error *error)
{
    fputs("evenkeel: ", stderr);
    print_name(stderr, name);
    if (error->line)
        fprintf(stderr, ":%u:%u", error->line, error->column);
    fprintf(stderr, ": %s\n", error->text);
}

static int join(char path[PATH_SIZE], const char *folder, const char *name, struct error *error)
{
    int size = snprintf(path, PATH_SIZE, "%s/%s", folder, name);

    return size < PATH_SIZE ? 0 : error_set(error, "its path is too long");
}

static void find_policy(const struct cases *cases, const char *folder, char path[PATH_SIZE])
{
    size_t root = strlen(cases->root);
    size_t size = strlen(folder);

    while (true) {
        snprintf(path, PATH_SIZE, "%.*s/policy.yaml", (int)size, folder);
        if (access(path, F_OK) == 0)
            return;
        do
            size -= size > 0;
        while (size > root && folder[size] != '/');
        if (size < root || size == 0)
            break;
    }
    snprintf(path, PATH_SIZE, "default policy");
}

static void print_problems(const char *name, const struct problems *problems)
{
    for (const struct problem *problem = problems->first; problem; problem = problem->next) {
        struct error error = {0};
        if (problem->warning)
            continue;
        error_set_at(&error, problem->line, problem->column, "%s", problem->text);
        complain(name, &error);
    }
}

// Loads the case's policy, unless it is the same as for the case before.
static int use_policy(struct cases *cases, const char *folder, struct error *error)
{
    struct slice yaml = policy_default_yaml();
    struct problems problems = {0};
    char path[PATH_SIZE];
    bool is_default;
    struct error unread = {0};

    if (cases->policy_option)
        snprintf(path, PATH_SIZE, "%s", cases->policy_option);
    else
        find_policy(cases, folder, path);
    if (cases->policy && strcmp(path, cases->policy_file) == 0)
        return 0;
    policy_free(cases->policy);
    cases->policy = NULL;
    is_default = !cases->policy_option && strcmp(path, "default policy") == 0;
    if (!is_default && input_read(path, &yaml, &unread))
        return error_set(error, "%s: %s", path, unread.text);
    snprintf(cases->policy_file, PATH_SIZE, "%s", path);
    cases->policy = policy_load(&rules_table, path, yaml, &problems);
    print_problems(path, &problems);
    problems_clear(&problems);
    if (!is_default)
        free((char *)yaml.data);
    return cases->policy ? 0 : error_set(error, "the policy %s cannot be used", path);
}

// Reads a file of the case. Absent when there is none.
static int read_file(const char *folder, const char *name, struct slice *bytes, struct error *error)
{
    char path[PATH_SIZE];

    if (join(path, folder, name, error))
        return -1;
    return access(path, F_OK) == 0 ? input_read(path, bytes, error) : 0;
}

static bool says_unchanged(struct slice text)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]))
        text.size--;
    return slice_is(text, "unchanged") || slice_is(text, "expected: unchanged");
}

// The expected result: an object in expected.yaml, or the word `unchanged` there or in `expected`.
static int read_expected(const char *folder, struct slice *bytes, struct error *error)
{
    bool unchanged;

    if (read_file(folder, "expected.yaml", bytes, error))
        return -1;
    if (bytes->data && !says_unchanged(*bytes))
        return 0;
    if (!bytes->data && read_file(folder, "expected", bytes, error))
        return -1;
    if (!bytes->data)
        return error_set(error, "there is neither expected.yaml nor a file `expected`");
    unchanged = says_unchanged(*bytes);
    free((char *)bytes->data);
    *bytes = (struct slice){NULL, 0};
    return unchanged ? 0 : error_set(error, "all that the file `expected` may say is `unchanged`");
}

static void print_failure(struct cases *cases, const char *folder, bool unchanged,
                          const struct case_sides *sides)
{
    struct error error = {0};

    printf("FAIL  ");
    print_name(stdout, folder);
    printf("\n--- ");
    print_name(stdout, folder);
    printf("/%s\n+++ ", unchanged ? "object.yaml" : "expected.yaml");
    print_name(stdout, folder);
    printf("/object.yaml under ");
    print_name(stdout, cases->policy_file);
    putchar('\n');
    if (line_diff_print(stdout, sides->expected, sides->actual, cases->arena, &error))
        complain(folder, &error);
}

static void print_result(struct cases *cases, const char *folder, bool unchanged,
                         const struct case_sides *sides)
{
    if (!slice_equal(sides->expected, sides->actual)) {
        cases->failed++;
        print_failure(cases, folder, unchanged, sides);
        return;
    }
    cases->fine++;
    printf("ok    ");
    print_name(stdout, folder);
    putchar('\n');
}

// Warnings that users would get are not a failure.
static void print_warnings(const char *folder, struct slice warnings)
{
    fflush(stdout);
    for (size_t at = 0; at < warnings.size;) {
        const char *end = memchr(warnings.data + at, '\n', warnings.size - at);
        size_t size = end ? (size_t)(end - warnings.data) - at : warnings.size - at;

        fputs("evenkeel: ", stderr);
        print_name(stderr, folder);
        fprintf(stderr, "/object.yaml: warning: %.*s\n", (int)size, warnings.data + at);
        at += size + 1;
    }
}

// A broken case is named with its error, and in its place among the others.
static void print_broken(struct cases *cases, const char *folder, const char *file,
                         const struct error *error)
{
    char path[PATH_SIZE];

    cases->broken++;
    fflush(stdout);
    // If a path is too long to show with its file, it is shown without the file.
    if (snprintf(path, sizeof(path), "%s%s%s", folder, *file ? "/" : "", file) >= PATH_SIZE)
        snprintf(path, sizeof(path), "%s", folder);
    complain(path, error);
    printf("FAIL  ");
    print_name(stdout, folder);
    printf(" (could not be run)\n");
}

static void run_case(struct cases *cases, const char *folder)
{
    struct case_files files = {0};
    struct case_sides sides = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct error error = {0};
    const char *file = "";
    int status = -1;

    if (use_policy(cases, folder, &error) ||
        read_file(folder, "object.yaml", &files.object, &error) ||
        read_expected(folder, &files.expected, &error) ||
        read_file(folder, "old.yaml", &files.old, &error))
        status = -1;
    else if (!files.object.data)
        error_set(&error, "there is no object.yaml");
    else
        status =
            case_run(cases->scratch, cases->policy, &files, cases->arena, &sides, &file, &error);
    if (status)
        print_broken(cases, folder, file, &error);
    else
        print_result(cases, folder, !files.expected.data, &sides);
    if (!status)
        print_warnings(folder, sides.warnings);
    free((char *)files.object.data);
    free((char *)files.expected.data);
    free((char *)files.old.data);
    arena_reset(cases->arena);
}

// Whether `path` ends in `/name`. `folder` is then the part before it.
static bool cut_name(const char *path, const char *name, char folder[PATH_SIZE])
{
    const char *slash = strrchr(path, '/');

    if (!slash || strcmp(slash + 1, name) != 0 || slash - path >= PATH_SIZE)
        return false;
    snprintf(folder, PATH_SIZE, "%.*s", (int)(slash - path), path);
    return true;
}

// A case is a folder with object.yaml. If a folder has only an expected result, a message says that
// object.yaml is missing.
static bool names_case(const char *name, char folder[PATH_SIZE])
{
    char path[PATH_SIZE];
    struct error error = {0};

    if (cut_name(name, "object.yaml", folder))
        return true;
    return cut_name(name, "expected.yaml", folder) &&
           join(path, folder, "object.yaml", &error) == 0 && access(path, F_OK) != 0;
}

static void run_files(struct cases *cases, const struct inputs *inputs)
{
    char folder[PATH_SIZE];

    for (size_t i = 0; i < inputs->count; i++)
        if (names_case(inputs->names[i], folder))
            run_case(cases, folder);
}

static int summary(const struct cases *cases)
{
    unsigned total = cases->fine + cases->failed + cases->broken;

    printf("%u case%s: %u ok, %u failed", total, total == 1 ? "" : "s", cases->fine, cases->failed);
    if (cases->broken)
        printf(", %u could not be run", cases->broken);
    putchar('\n');
    return cases->broken ? 2 : cases->failed ? 1 : 0;
}

int cases_run(const char *folder, const char *policy)
{
    struct cases cases = {.root = folder, .policy_option = policy};
    struct inputs inputs = {0};
    struct error error = {0};
    int status = 2;

    cases.scratch = scratch_new();
    cases.arena = arena_new(CASE_MEMORY_MAX);
    if (!cases.scratch || !cases.arena)
        error_set(&error, "memory is short");
    else if (inputs_add(&inputs, folder, &error) == 0)
        run_files(&cases, &inputs);
    if (!error.set && cases.fine + cases.failed + cases.broken == 0)
        error_set(&error, "no case in it: a case is a folder with object.yaml and expected.yaml");
    if (error.set)
        complain(folder, &error);
    else
        status = summary(&cases);
    inputs_clear(&inputs);
    policy_free(cases.policy);
    arena_free(cases.arena);
    scratch_free(cases.scratch);
    return status;
}
