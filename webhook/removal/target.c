// Asks preview for the patch. It adds the opt-out without which a running evenkeel would put the
// values back.
#include "removal/target.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cluster/document.h"
#include "object/annotations.h"
#include "object/opt_out.h"
#include "preview/decide.h"

enum { TARGET_MEMORY_MAX = 64 * 1024 * 1024, TARGET_NOTE_MAX = 512 };

#define AT_INJECT "/metadata/annotations/evenkeel.dev~1inject"
#define FIELDS "fieldsV1/f:metadata/f:annotations|f:"

// Tools that manage an object from outside the cluster, and the mark that each leaves on it.
static const struct {
    const char *path, *name;
} managers[] = {
    {"metadata/annotations|argocd.argoproj.io/tracking-id", "Argo CD"},
    {"metadata/labels|argocd.argoproj.io/instance", "Argo CD"},
    {"metadata/labels|kustomize.toolkit.fluxcd.io/name", "Flux"},
    {"metadata/labels|helm.toolkit.fluxcd.io/name", "Flux"},
    {"metadata/annotations|meta.helm.sh/release-name", "Helm"},
};

static void note(struct target *target, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct target *target, const char *format, ...)
{
    char text[TARGET_NOTE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    document_clean(text);
    json_array_append_new(target->notes, json_string(text));
}

bool target_carries(const json_t *object)
{
    return document_at(object, "metadata/annotations|" ANNOTATION_INJECTED) ||
           document_at(object, "metadata/labels|" LABEL_HELD);
}

static bool is_bookkeeping(const char *path)
{
    return strstr(path, "/evenkeel.dev~1") != NULL;
}

static unsigned count_values(const json_t *patch)
{
    json_t *operation;
    unsigned count = 0;
    size_t index;

    json_array_foreach(patch, index, operation)
    {
        count += strcmp(document_text(operation, "op"), "test") != 0 &&
                 !is_bookkeeping(document_text(operation, "path"));
    }
    return count;
}

static bool changes_template(const json_t *patch)
{
    json_t *operation;
    size_t index;

    json_array_foreach(patch, index, operation)
    {
        if (strcmp(document_text(operation, "op"), "test") != 0 &&
            !strncmp(document_text(operation, "path"), "/spec/template/", 15))
            return true;
    }
    return false;
}

// Whether the managed fields say that `manager` (NULL: anybody) wrote the field at `path` with this
// operation, "Apply" or "Update".
static bool is_written_by(const json_t *object, const char *manager, const char *operation,
                          const char *path)
{
    json_t *entries = document_at(object, "metadata/managedFields"), *entry;
    size_t index;

    json_array_foreach(entries, index, entry)
    {
        if ((!manager || !strcmp(document_text(entry, "manager"), manager)) &&
            !strcmp(document_text(entry, "operation"), operation) && document_at(entry, path))
            return true;
    }
    return false;
}

static bool is_applied(const json_t *object, const char *annotation)
{
    const char *text = document_text(object, "metadata/annotations|" ANNOTATION_LAST_APPLIED);
    json_t *applied = *text ? json_loads(text, 0, NULL) : NULL;
    bool found = json_object_get(document_at(applied, "metadata/annotations"), annotation) != NULL;

    json_decref(applied);
    return found;
}

// Whether the object's manifest itself has this annotation of evenkeel's.
static bool is_declared(const json_t *object, const char *annotation)
{
    char path[128];

    snprintf(path, sizeof(path), FIELDS "%s", annotation);
    return is_applied(object, annotation) || is_written_by(object, NULL, "Apply", path);
}

static void add_operation(json_t *patch, const char *operation, const char *path, json_t *value)
{
    json_array_append_new(
        patch, json_pack("{s:s s:s s:o*}", "op", operation, "path", path, "value", value));
}

// Opts the object out. evenkeel is asked about each later request too while the namespace has its
// label.
static void opt_out(struct target *target, const json_t *now)
{
    if (!document_at(target->workload.object, "metadata/annotations"))
        add_operation(target->patch, "add", "/metadata/annotations", json_object());
    add_operation(target->patch, "test", AT_INJECT, now ? json_incref((json_t *)now) : json_null());
    add_operation(target->patch, now ? "replace" : "add", AT_INJECT, json_string("false"));
    target->marks = true;
}

// Takes the opt-out of an earlier call away, because it is not needed any more.
static void opt_in(struct target *target, const json_t *now)
{
    if (!target->patch)
        target->patch = json_array();
    add_operation(target->patch, "test", AT_INJECT, json_incref((json_t *)now));
    add_operation(target->patch, "remove", AT_INJECT, NULL);
    target->unmarks = true;
}

static void mark(struct target *target, bool asked, bool is_out)
{
    const json_t *object = target->workload.object;
    const json_t *now = document_at(object, "metadata/annotations|" ANNOTATION_INJECT);

    if (asked && target->patch && !is_out)
        opt_out(target, now);
    else if (!asked && now && !strcmp(json_string_value(now), "false") &&
             is_written_by(object, TARGET_MANAGER, "Update", FIELDS ANNOTATION_INJECT) &&
             !is_declared(object, ANNOTATION_INJECT))
        opt_in(target, now);
}

// Whether nothing replaces the pods soon, or nothing here can wait for it: the rollout is paused,
// the kind is not built in, or the update strategy leaves pods as they are.
static bool is_at_rest(const struct workload *workload)
{
    const json_t *object = workload->object;

    return document_true(object, "spec/paused") || !(workload->kind->flags & KIND_BUILT_IN) ||
           !strcmp(document_text(object, "spec/updateStrategy/type"), "OnDelete") ||
           document_number(object, "spec/updateStrategy/rollingUpdate/partition") > 0;
}

static void note_owner(struct target *target)
{
    json_t *owners = document_at(target->workload.object, "metadata/ownerReferences"), *owner;
    size_t index;

    json_array_foreach(owners, index, owner)
    {
        if (document_true(owner, "controller"))
            note(target, "%s/%s owns it, and may write the values again",
                 document_text(owner, "kind"), document_text(owner, "name"));
    }
}

static const char *manager_of(const json_t *object)
{
    for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
        if (document_at(object, managers[i].path))
            return managers[i].name;
    return NULL;
}

static void note_all(struct target *target)
{
    const struct workload *workload = &target->workload;
    const char *manager = manager_of(workload->object);

    if (workload->held)
        note(target,
             "step %u of %u is held: the hold is given back, and the new version goes on to all "
             "%lld pods (kubectl evenkeel release undo -n %s %s/%s goes back instead)",
             workload->step, workload->steps.count, (long long)workload->replicas,
             workload->namespace, workload->resource, workload->name);
    if (target->rests)
        note(target, "its pods stay until its controller or somebody replaces them");
    note_owner(target);
    if (is_declared(workload->object, ANNOTATION_INJECTED))
        note(target, "its manifest has evenkeel's values itself, and brings them back: take them "
                     "out there with evenkeel preview --remove --write");
    if (target->marks && manager)
        note(target,
             "%s manages it: write " ANNOTATION_INJECT ": \"false\" into its manifest too, if "
             "evenkeel is to stay out for good",
             manager);
}

static int decide(struct target *target, bool asked, struct decider *decider, struct arena *arena,
                  struct slice text, struct error *error)
{
    struct splitter *splitter = splitter_new(text);
    struct splices splices = {0};
    struct object object;
    struct decision decision;
    int failed = splitter ? 0 : error_set(error, "memory is short");

    if (!failed && splitter_next(splitter, &object, error) != 1)
        failed = -1;
    if (!failed)
        failed = decide_remove(decider, &object, text, arena, &splices, &decision, error);
    if (!failed && decision.patch.size > 0)
        target->patch = json_loadb(decision.patch.data, decision.patch.size, 0, NULL);
    if (!failed && decision.patch.size > 0 && !target->patch)
        failed = error_set(error, "memory is short");
    if (!failed) {
        struct value metadata = value_get(decision.value, "metadata");
        target->values = count_values(target->patch);
        mark(target, asked,
             opt_out_read(decision.value, value_get(metadata, "annotations"), arena) ==
                 OPT_OUT_YES);
    }
    splices_clear(&splices);
    splitter_free(splitter);
    return failed;
}

static int find_patch(struct target *target, bool asked, struct error *error)
{
    struct synthetic_options options = {.namespace = slice_of(target->workload.namespace)};
    struct decider *decider = decider_new(NULL, &options);
    struct arena *arena = arena_new(TARGET_MEMORY_MAX);
    char *text = json_dumps(target->workload.object, JSON_COMPACT);
    int failed;

    if (decider && arena && text)
        failed = decide(target, asked, decider, arena, slice_of(text), error);
    else
        failed = error_set(error, "memory is short");
    free(text);
    arena_free(arena);
    decider_free(decider);
    return failed;
}

int target_read(json_t *object, bool asked, struct target *target, struct error *error)
{
    struct error why = {0};
    char *name = NULL;
    bool changes;

    *target = (struct target){.notes = json_array()};
    if (workload_read(object, &target->workload, error) < 0) {
        json_decref(target->notes);
        return -1;
    }
    if (asprintf(&name, "%s/%s in %s", target->workload.kind->resource, target->workload.name,
                 target->workload.namespace) >= 0)
        target->name = name;
    if (!target->name || find_patch(target, asked, &why) < 0) {
        error_set(error, "%s: %s", target->name ? target->name : "an object",
                  why.set ? why.text : "memory is short");
        target_clear(target);
        return -1;
    }
    changes = changes_template(target->patch);
    target->rests = changes && is_at_rest(&target->workload);
    target->rolls_out = changes && !target->rests;
    if (target->patch)
        note_all(target);
    return 0;
}

void target_clear(struct target *target)
{
    workload_clear(&target->workload);
    json_decref(target->patch);
    json_decref(target->notes);
    free((char *)target->name);
    *target = (struct target){0};
}
