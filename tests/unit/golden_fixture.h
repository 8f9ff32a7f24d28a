// The golden cases as reviews and policies; tests/unit/admit/test_golden.c says what a case is.
// Header-only, as each test program is one source.
#ifndef EVENKEEL_TESTS_GOLDEN_FIXTURE_H
#define EVENKEEL_TESTS_GOLDEN_FIXTURE_H

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "manifest/split.h"
#include "manifest/synthetic.h"
#include "tests/unit/engine_fixture.h"
#include "json/value.h"

enum { CASES_MAX = 1024, ARENA_MAX = 64 * 1024 * 1024 };

static char *cases[CASES_MAX];
static size_t case_count;

static const char *join(const char *folder, const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (snprintf(path, sizeof(paths[0]), "%s/%s", folder, name) >= (int)sizeof(paths[0]))
        abort();
    return path;
}

static bool exists(const char *folder, const char *name)
{
    return access(join(folder, name), R_OK) == 0;
}

// The first document of a manifest as the body of a review.
static json_t *review_of(const char *path, const struct synthetic_options *options)
{
    struct slice bytes = fixture_read(path);
    assert_non_null(bytes.data);
    struct splitter *splitter = splitter_new(bytes);
    struct arena *arena = arena_new(ARENA_MAX);
    struct object object;
    struct tape tape = {0};
    struct error error = {0};
    int got = splitter_next(splitter, &object, &error);
    if (got != 1)
        print_error("%s:%u:%u: %s\n", path, error.line, error.column, error.text);
    assert_int_equal(got, 1);
    assert_int_equal(tape_parse(&tape, object.json, TAPE_FULL, &error), 0);
    struct slice body = synthetic_review(&object, value_root(&tape), options, arena, &error);
    assert_non_null(body.data);
    json_t *review = json_loadb(body.data, body.size, JSON_ALLOW_NUL, NULL);
    assert_non_null(review);
    tape_clear(&tape);
    arena_free(arena);
    splitter_free(splitter);
    free((char *)bytes.data);
    return review;
}

static json_t *request_of(json_t *review)
{
    return json_object_get(review, "request");
}

static json_t *case_review(const char *folder)
{
    if (exists(folder, "review.json")) {
        json_t *review = json_load_file(join(folder, "review.json"), JSON_ALLOW_NUL, NULL);
        assert_non_null(review);
        return review;
    }
    struct synthetic_options options = {
        .evidence = exists(folder, "evidence") ? SYNTHETIC_NONE : SYNTHETIC_APPLY,
        .operation = exists(folder, "old.yaml") ? OPERATION_UPDATE : OPERATION_OTHER,
    };
    json_t *review = review_of(join(folder, "object.yaml"), &options);
    if (exists(folder, "old.yaml")) {
        json_t *old = review_of(join(folder, "old.yaml"), &options);
        json_object_set(request_of(review), "oldObject",
                        json_object_get(request_of(old), "object"));
        json_decref(old);
    }
    return review;
}

static struct policy *case_policy(const char *folder)
{
    char path[4096];
    if (exists(folder, "policy.yaml"))
        return fixture_policy(join(folder, "policy.yaml"));
    snprintf(path, sizeof(path), "%s", folder);
    *strrchr(path, '/') = '\0';
    return exists(path, "policy.yaml") ? fixture_policy(join(path, "policy.yaml"))
                                       : fixture_policy("default");
}

static void find_cases(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat about;
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, "about") == 0 && case_count < CASES_MAX)
            cases[case_count++] = strdup(folder);
        else if (entries[i]->d_name[0] != '.' && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
            find_cases(path);
        free(entries[i]);
    }
    free(count >= 0 ? entries : NULL);
}

static inline void free_cases(void)
{
    for (size_t i = 0; i < case_count; i++)
        free(cases[i]);
}

#endif
