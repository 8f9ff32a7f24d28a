// Manifest -> review -> engine -> applied patch -> text. The expected object goes the same way
// without the engine, so only the engine's work can differ.
#include "check/case.h"

#include <jansson.h>

#include "base/arena.h"
#include "manifest/apply.h"
#include "manifest/defaults.h"
#include "manifest/render.h"
#include "manifest/split.h"
#include "manifest/synthetic.h"
#include "object/annotations.h"
#include "rules/rules.h"

enum { SIDE_SIZE_MAX = 64 * 1024 * 1024 };

static json_t *short_of_memory(struct error *error)
{
    error_set(error, "memory is short");
    return NULL;
}

static json_t *parse(struct slice json, struct error *error)
{
    json_error_t problem;
    json_t *value = json_loadb(json.data, json.size, JSON_ALLOW_NUL, &problem);

    if (!value)
        error_set(error, "%s", problem.text);
    return value;
}

// Returns the review that an API server would send for this object, a new reference.
static json_t *review_of(const struct object *object, enum operation operation, struct arena *arena,
                         struct error *error)
{
    const struct synthetic_options options = {.operation = operation, .evidence = SYNTHETIC_APPLY};
    struct tape tape = {0};
    struct slice body = {NULL, 0};

    if (tape_parse(&tape, object->json, TAPE_FULL, error) == 0)
        body = synthetic_review(object, value_root(&tape), &options, arena, error);
    tape_clear(&tape);
    return body.data ? parse(body, error) : NULL;
}

// Returns the next object of a file as a review. NULL without `error`: there is none.
static json_t *next_review(struct splitter *splitter, enum operation operation, struct arena *arena,
                           struct error *error)
{
    struct object object;
    json_t *review = NULL;
    int found = splitter_next(splitter, &object, error);

    if (found == 1)
        review = review_of(&object, operation, arena, error);
    if (found == 1 && !review && !error->line) {
        error->line = object.line;
        error->column = object.column;
    }
    return review;
}

static json_t *object_of(json_t *review)
{
    return json_object_get(json_object_get(review, "request"), "object");
}

// Returns the object without fields that the API leaves out, such as a minReadySeconds of 0 that a
// patch wrote. Takes `object`. Returns a new one, or NULL.
static json_t *as_stored(json_t *object, struct arena *arena, struct error *error)
{
    char *json = object ? json_dumps(object, JSON_COMPACT) : NULL;
    const char *version = json_string_value(json_object_get(object, "apiVersion"));
    const char *kind = json_string_value(json_object_get(object, "kind"));
    struct tape tape = {0};
    struct text text;
    json_t *stored = NULL;

    text_init(&text, arena, SIDE_SIZE_MAX);
    if (json && tape_parse(&tape, slice_of(json), TAPE_FULL, error) == 0) {
        defaults_add(&text, value_root(&tape), slice_of(version ? version : ""),
                     slice_of(kind ? kind : ""), &(struct defaults_context){0});
        struct slice full = text_slice(&text);
        stored = full.data ? parse(full, error) : short_of_memory(error);
    }
    tape_clear(&tape);
    free(json);
    json_decref(object);
    return stored;
}

// Returns the object of `review` with the engine's patch, a new reference.
static json_t *admitted(struct scratch *scratch, const struct policy *policy, json_t *review,
                        struct text *warnings, struct error *error)
{
    char *body = json_dumps(review, JSON_COMPACT);
    struct admission admission;
    json_t *patch = NULL;
    json_t *result = NULL;

    if (!body)
        return short_of_memory(error);
    admit(scratch, &rules_table, policy, slice_of(body), &admission);
    if (!admission.allowed)
        error_set(error, "the webhook would refuse it: %s", admission.error.text);
    else if (admission.reason == REASON_OUT_OF_MEMORY || (!admission.reason && !admission.run))
        error_set(error, "memory is short");
    else if (!admission.patch.size)
        result = json_incref(object_of(review));
    else if ((patch = parse(admission.patch, error)))
        result = apply_patch(object_of(review), patch, error);
    for (uint32_t i = 0; i < admission.warning_count; i++) {
        text_add(warnings, admission.warnings[i]);
        text_putc(warnings, '\n');
    }
    json_decref(patch);
    free(body);
    return result;
}

// Leaves out annotations that are not compared, and their map if it is then empty.
static void trim(json_t *object, bool bookkeeping)
{
    json_t *metadata = json_object_get(object, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");

    json_object_del(annotations, ANNOTATION_LAST_APPLIED);
    if (!bookkeeping) {
        json_object_del(annotations, ANNOTATION_INJECTED);
        json_object_del(annotations, ANNOTATION_HISTORY);
    }
    if (json_object_size(annotations) == 0)
        json_object_del(metadata, "annotations");
}

static bool has_bookkeeping(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");

    return json_object_get(json_object_get(metadata, "annotations"), ANNOTATION_INJECTED) != NULL;
}

static void add_document(struct text *text, json_t *object)
{
    const struct render_style style = {
        .step = 2, .line_end = "\n", .yaml = true, .arena = text->arena};
    char *json = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
    struct tape tape = {0};

    text_puts(text, text->size > 0 ? "---\n" : "");
    if (json && tape_parse(&tape, slice_of(json), TAPE_FULL, NULL) == 0)
        render_block(text, &style, value_root(&tape), 0);
    else
        text_fail(text);
    text_putc(text, '\n');
    tape_clear(&tape);
    free(json);
}

struct runner {
    struct scratch *scratch;
    const struct policy *policy;
    struct splitter *objects;
    struct splitter *expected; // NULL: nothing changes
    struct splitter *olds;     // NULL: none
    struct arena *arena;
    struct text wanted;
    struct text got;
    struct text warnings;
    const char *file;
};

// Gives the next expected object. Without a file of expected objects it is the object of `review`.
// Returns 1, or 0 when there are no more.
static int next_expected(struct runner *runner, json_t *review, bool *bookkeeping,
                         struct error *error)
{
    json_t *wanted;

    *bookkeeping = true;
    if (runner->expected) {
        runner->file = "expected.yaml";
        wanted = next_review(runner->expected, OPERATION_CREATE, runner->arena, error);
        if (!wanted)
            return error->set ? -1 : 0;
        *bookkeeping = has_bookkeeping(object_of(wanted));
    } else {
        wanted = json_deep_copy(review);
    }
    if (!wanted)
        return error_set(error, "memory is short");
    trim(object_of(wanted), *bookkeeping);
    add_document(&runner->wanted, object_of(wanted));
    json_decref(wanted);
    return 1;
}

static int add_old(struct runner *runner, json_t *review, struct error *error)
{
    json_t *old;
    int result;

    if (!runner->olds)
        return 0;
    runner->file = "old.yaml";
    old = next_review(runner->olds, OPERATION_UPDATE, runner->arena, error);
    if (!old)
        return error_set(error, "there are fewer objects than in object.yaml");
    result = json_object_set(json_object_get(review, "request"), "oldObject", object_of(old));
    json_decref(old);
    return result ? error_set(error, "memory is short") : 0;
}

// Returns 1 if an object went through, and 0 if there are no more.
static int run_object(struct runner *runner, struct error *error)
{
    enum operation operation = runner->olds ? OPERATION_UPDATE : OPERATION_OTHER;
    json_t *review;
    json_t *result = NULL;
    bool bookkeeping;
    int status = -1;

    runner->file = "object.yaml";
    review = next_review(runner->objects, operation, runner->arena, error);
    if (!review)
        return error->set ? -1 : 0;
    if (next_expected(runner, review, &bookkeeping, error) < 0 || add_old(runner, review, error))
        goto done;
    runner->file = "object.yaml";
    result = as_stored(admitted(runner->scratch, runner->policy, review, &runner->warnings, error),
                       runner->arena, error);
    if (!result)
        goto done;
    trim(result, bookkeeping);
    add_document(&runner->got, result);
    status = 1;
done:
    json_decref(result);
    json_decref(review);
    return status;
}

static int run_all(struct runner *runner, struct error *error)
{
    bool bookkeeping;
    int status;

    do
        status = run_object(runner, error);
    while (status == 1);
    if (status == 0 && runner->got.size == 0)
        return error_set(error, "there is no object in it");
    if (status < 0 || !runner->expected)
        return status;
    do
        status = next_expected(runner, NULL, &bookkeeping, error);
    while (status == 1);
    return status;
}

int case_run(struct scratch *scratch, const struct policy *policy, const struct case_files *files,
             struct arena *arena, struct case_sides *sides, const char **file, struct error *error)
{
    struct runner runner = {.scratch = scratch, .policy = policy, .arena = arena};
    int status = -1;

    text_init(&runner.wanted, arena, SIDE_SIZE_MAX);
    text_init(&runner.got, arena, SIDE_SIZE_MAX);
    text_init(&runner.warnings, arena, SIDE_SIZE_MAX);
    runner.objects = splitter_new(files->object);
    runner.expected = files->expected.data ? splitter_new(files->expected) : NULL;
    runner.olds = files->old.data ? splitter_new(files->old) : NULL;
    if (!runner.objects || (files->expected.data && !runner.expected) ||
        (files->old.data && !runner.olds))
        error_set(error, "memory is short");
    else
        status = run_all(&runner, error);
    sides->expected = text_slice(&runner.wanted);
    sides->actual = text_slice(&runner.got);
    sides->warnings = text_slice(&runner.warnings);
    if (status == 0 && (!sides->expected.data || !sides->actual.data))
        status = error_set(error, "memory is short, or the case is too large");
    splitter_free(runner.olds);
    splitter_free(runner.expected);
    splitter_free(runner.objects);
    *file = runner.file ? runner.file : "object.yaml";
    return status;
}
