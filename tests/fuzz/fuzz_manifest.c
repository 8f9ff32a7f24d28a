// Manifests out of any bytes, all the way that `evenkeel preview` goes: the patched text holds
// exactly the objects that were decided, and nothing outside the edits changes. Where nobody has
// written evenkeel's annotations before, asking again changes nothing, and removing gives the bytes
// back.
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "loader/load.h"
#include "preview/decide.h"
#include "rules/rules.h"
#include "tests/fuzz/odd_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OBJECTS_MAX = 64, MEMORY_MAX = 512 << 20 };

// One pass over a text: what came of each object, and the text with it.
struct pass {
    struct arena *arena;
    struct slice objects[OBJECTS_MAX]; // JSON
    size_t count;
    unsigned errors; // documents and objects that could not be read
    bool changed;
    bool
        duplicates; // a mapping holds a key twice: what an edit of it means is not told by its text
    struct slice text; // absent: the edits cannot be made, which is an error, too
};

typedef int fuzz_decide(struct decider *decider, const struct object *object, struct slice file,
                        struct arena *arena, struct splices *splices, struct decision *decision,
                        struct error *error);

static void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_manifest: %s\n", what);
    abort();
}

static int fuzz_nothing(struct decider *decider, const struct object *object, struct slice file,
                        struct arena *arena, struct splices *splices, struct decision *decision,
                        struct error *error)
{
    (void)file;
    (void)arena;
    (void)splices;
    return decide_pass(decider, object, decision, error);
}

static struct decider *fuzz_decider(void)
{
    // All that there is but batches, which need an UPDATE that holds, and connectionDrain, which is
    // switched off where it is taken out.
    static const char yaml[] =
        "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"
        "cluster: {kubernetesVersion: \"1.34\", network: terway}\n"
        "workloads:\n"
        "  - {readinessProbe: {path: \"/r?a=\\\"b\\\"\"}, livenessProbe: {}, startupProbe: {},\n"
        "     preStop: 15, terminationGracePeriodSeconds: 90, minReadySeconds: 7,\n"
        "     rollingUpdate: {maxSurge: 50%, maxUnavailable: 0}, progressDeadlineSeconds: 900,\n"
        "     readinessGates: [a.example.com/b], versionLabel: {}, meshDrain: {}}\n"
        "services:\n"
        "  - {backendType: eni,\n"
        "     annotations: {set: {example.com/note: \"a: b # c\"}}}\n";
    static struct decider *decider;
    struct problems problems = {0};
    const struct synthetic_options options = {0};

    if (!decider) {
        struct policy *policy = policy_load(&rules_table, "fuzz", SLICE(yaml), &problems);
        problems_clear(&problems);
        fuzz_require(policy && (decider = decider_new(policy, &options)), "no decider");
    }
    return decider;
}

static void fuzz_object(struct pass *pass, fuzz_decide *decide, const struct object *object,
                        struct slice file, struct splices *splices)
{
    struct decision decision;
    struct error error = {0};

    fuzz_require(object->start <= object->end && object->end <= file.size, "an object's place");
    if (decide(fuzz_decider(), object, file, pass->arena, splices, &decision, &error)) {
        fuzz_require(error.set, "failed without an error");
        pass->errors++;
        return;
    }
    pass->duplicates = pass->duplicates || fuzz_has_duplicates(object->json);
    pass->changed = pass->changed || decision.changed;
    if (pass->count < OBJECTS_MAX)
        pass->objects[pass->count++] = slice_copy(pass->arena, decision.json);
}

static void fuzz_pass(struct pass *pass, fuzz_decide *decide, struct slice file)
{
    struct splitter *splitter = splitter_new(file);
    struct splices splices = {0};
    struct object object;
    struct text text;
    int found = 1;

    *pass = (struct pass){.arena = arena_new(MEMORY_MAX)};
    while (found != 0) {
        struct error error = {0};
        found = splitter_next(splitter, &object, &error);
        fuzz_require((found < 0) == error.set, "an error without a reason, or the reverse");
        pass->errors += found < 0;
        if (found == 1)
            fuzz_object(pass, decide, &object, file, &splices);
    }
    text_init(&text, pass->arena, MEMORY_MAX / 4);
    fuzz_require(splices_settle(&splices), "the edits overlap");
    splices_apply(&splices, file, 0, (uint32_t)file.size, &text);
    pass->text = text_slice(&text);
    fuzz_require(pass->changed || slice_equal(pass->text, file), "changed without a change");
    splices_clear(&splices);
    splitter_free(splitter);
}

// Integers past jansson's are read as reals.
static json_t *fuzz_load(struct slice text)
{
    size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
    json_t *value = json_loadb(text.data, text.size, flags, NULL);

    return value != NULL ? value
                         : json_loadb(text.data, text.size, flags | JSON_DECODE_INT_AS_REAL, NULL);
}

// The same values; numbers past all of jansson's are compared as they are written.
static bool fuzz_same(struct slice a, struct slice b)
{
    json_t *left = fuzz_load(a);
    json_t *right = fuzz_load(b);
    bool same = left && right ? json_equal(left, right) : slice_equal(a, b);

    json_decref(left);
    json_decref(right);
    return same;
}

// Where what follows an object is broken, the object's own text decides how it is read: as JSON
// when an edit has made it that. So an edit may cure an error.
static void fuzz_require_same(const struct pass *before, const struct pass *after)
{
    fuzz_require(before->errors >= after->errors, "the patched text reads otherwise");
    if (before->errors > after->errors)
        return;
    fuzz_require(before->count == after->count, "the patched text holds other objects");
    for (size_t i = 0; i < before->count; i++)
        fuzz_require(fuzz_same(before->objects[i], after->objects[i]),
                     "the patched text means something else");
}

// Where the object has been in a cluster, or a hold is on it, values may be replaced by ours, and
// removing leaves the API's default or what lay behind the hold; an alias that was written out
// stays so. A key behind a question mark that has no value makes the object be written anew.
// Escapes hide words.
static bool fuzz_is_plain(struct slice file)
{
    static const char *const words[] = {
        "evenkeel", "uid", "managedFields", "\\", "last-applied", "2147483646", "*", "?"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (memmem(file.data, file.size, words[i], strlen(words[i])))
            return false;
    }
    return true;
}

// Whether an object says null somewhere: what is written over it and taken out again leaves
// nothing.
static bool fuzz_has_null(struct slice file)
{
    struct pass pass;
    bool found = false;

    fuzz_pass(&pass, fuzz_nothing, file);
    for (size_t i = 0; i < pass.count; i++)
        found = found || memmem(pass.objects[i].data, pass.objects[i].size, "null", 4) != NULL;
    arena_free(pass.arena);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    struct slice file = {copy, size};
    struct pass injected, read, again, removed;
    bool plain;
    bool odd = false;

    memcpy(copy, data, size);
    fuzz_pass(&injected, decide_inject, file);
    fuzz_pass(&read, fuzz_nothing, injected.text);
    for (size_t i = 0; i < injected.count; i++)
        odd = odd || fuzz_has_odd_name(injected.objects[i]);
    plain = !odd && fuzz_is_plain(file) && !injected.duplicates;
    // What goes of a key that stands twice is not told. What cannot be read as a whole may be read
    // as JSON once an edit has mended its beginning.
    if (!injected.duplicates && injected.errors == 0)
        fuzz_require_same(&injected, &read);
    if (injected.changed && plain) {
        fuzz_pass(&again, decide_inject, injected.text);
        fuzz_require(!again.changed, "asked again, it changes more");
        fuzz_pass(&removed, decide_remove, injected.text);
        fuzz_require(fuzz_has_null(file) || slice_equal(removed.text, file),
                     "removing does not give the text back");
        arena_free(again.arena);
        arena_free(removed.arena);
    }
    arena_free(read.arena);
    arena_free(injected.arena);
    free(copy);
    return 0;
}
