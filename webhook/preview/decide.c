// Object -> review -> engine -> text. It prints nothing.
#include "preview/decide.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "intent/record.h"
#include "manifest/edit.h"
#include "object/annotations.h"
#include "object/limits.h"
#include "plan/patch.h"
#include "preview/unhold.h"
#include "rules/rules.h"
#include "run/run.h"

enum { DECIDE_MEMORY_MAX = 1024 * 1024 * 1024 }; // for one object's reviews and texts

struct decider {
    const struct policy *policy;
    struct synthetic_options options;
    struct scratch *scratch;
    struct arena *arena;
    struct tape tape;
    struct tape applied;
    struct tape record;
    struct tape release;
};

struct decider *decider_new(const struct policy *policy, const struct synthetic_options *options)
{
    struct decider *decider = calloc(1, sizeof(*decider));

    if (!decider)
        return NULL;
    decider->policy = policy;
    decider->options = *options;
    decider->scratch = scratch_new();
    decider->arena = arena_new(DECIDE_MEMORY_MAX);
    if (!decider->scratch || !decider->arena) {
        decider_free(decider);
        return NULL;
    }
    return decider;
}

void decider_free(struct decider *decider)
{
    if (!decider)
        return;
    scratch_free(decider->scratch);
    arena_free(decider->arena);
    tape_clear(&decider->tape);
    tape_clear(&decider->applied);
    tape_clear(&decider->record);
    tape_clear(&decider->release);
    free(decider);
}

static struct slice group_of(struct slice api_version)
{
    const char *slash = api_version.size ? memchr(api_version.data, '/', api_version.size) : NULL;

    return (struct slice){api_version.data, slash ? (size_t)(slash - api_version.data) : 0};
}

static struct slice string_or(struct value value, struct slice fallback, struct arena *arena)
{
    struct slice text = value_string(value, arena);

    return text.size ? text : fallback;
}

int decide_pass(struct decider *decider, const struct object *object, struct decision *decision,
                struct error *error)
{
    struct value metadata;

    arena_reset(decider->arena);
    *decision = (struct decision){.object = object, .json = object->json};
    if (tape_parse(&decider->tape, object->json, TAPE_FULL, error))
        return -1;
    decision->value = value_root(&decider->tape);
    metadata = value_get(decision->value, "metadata");
    decision->name = string_or(value_get(metadata, "name"),
                               value_string(value_get(metadata, "generateName"), decider->arena),
                               decider->arena);
    decision->namespace =
        string_or(value_get(metadata, "namespace"),
                  decider->options.namespace.size ? decider->options.namespace : SLICE("default"),
                  decider->arena);
    decision->known = kind_find(group_of(object->api_version), object->kind) != NULL;
    return 0;
}

// Edits the text, and keeps in `arena` only what was noted.
static int edit(struct decider *decider, struct slice file, const struct place *root,
                struct arena *arena, struct splices *splices, struct decision *decision,
                struct error *error)
{
    size_t before = splices->count;

    if (edit_object(decision->object, file, decision->value, root, decider->arena, splices,
                    &decision->json, error))
        return -1;
    for (size_t i = before; i < splices->count; i++) {
        splices->items[i].text = slice_copy(arena, splices->items[i].text);
        if (!splices->items[i].text.data)
            return error_set(error, "memory is short");
    }
    return 0;
}

// The webhook then does what it can, but preview must not show that as the truth. Preview made the
// review, so it can be read, and if there is no reason to pass the object over, the rules ran.
static bool is_short_of_memory(const struct admission *admission)
{
    bool found = admission->reason == REASON_OUT_OF_MEMORY ||
                 admission->reason == REASON_UNREADABLE ||
                 (admission->reason == REASON_NONE && !admission->run) ||
                 !strcmp(admission->error.text, "out of memory");

    for (uint32_t i = 0; i < admission->outcome_count; i++)
        found = found || admission->outcomes[i].finding.reason == REASON_OUT_OF_MEMORY;
    return found;
}

int decide_inject(struct decider *decider, const struct object *object, struct slice file,
                  struct arena *arena, struct splices *splices, struct decision *decision,
                  struct error *error)
{
    struct slice body;

    if (decide_pass(decider, object, decision, error))
        return -1;
    if (!decision->known)
        return 0;
    body = synthetic_review(object, decision->value, &decider->options, decider->arena, error);
    if (!body.data)
        return -1;
    admit(decider->scratch, &rules_table, decider->policy, body, &decision->admission);
    if (is_short_of_memory(&decision->admission))
        return error_set(error, "memory is short");
    if (!decision->admission.patch.size)
        return 0;
    decision->changed = true;
    decision->patch = decision->admission.patch;
    return edit(decider, file, decision->admission.run->plan.root, arena, splices, decision, error);
}

// Removes a value of evenkeel's. If it had made the user's own grace period longer, that one comes
// back. A limit without which the API would refuse the rest stays.
static void take_out(struct plan *plan, struct place *place, struct slice users_grace)
{
    int64_t seconds;
    bool grace = slice_is(place->key, "terminationGracePeriodSeconds") &&
                 slice_integer(users_grace, 0, INT32_MAX, &seconds);

    if (limits_hold(plan, place, grace ? users_grace : (struct slice){NULL, 0}))
        return;
    if (grace)
        plan_set(plan, place, users_grace);
    else
        plan_remove(plan, place);
}

// Takes out what the record names and what still stands as it says. A place that evenkeel never
// writes is the user's, whoever put it into the record.
static void take_out_all(struct decider *decider, struct plan *plan, struct value record,
                         struct slice users_grace)
{
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), decider->arena);
        struct place *place = record_may_name(path) ? plan_locate(plan, path) : NULL;
        if (!path.data)
            plan->failed = true;
        if (place && place->action == ACTION_NONE && value_exists(place->now) &&
            value_subset(entry, place->now))
            take_out(plan, place, users_grace);
    }
}

static int plan_removal(struct decider *decider, const struct object *object, struct value value,
                        struct plan *plan, struct error *error)
{
    struct evidence evidence;
    struct place *annotations = plan_path(plan, plan->root, "metadata.annotations");
    struct place *bookkeeping = plan_map_entry(plan, annotations, SLICE(ANNOTATION_INJECTED));
    struct value record;
    struct slice users_grace = value_string(
        value_get(annotations ? annotations->now : (struct value){NULL, 0}, ANNOTATION_USERS_GRACE),
        decider->arena);

    evidence_init(&evidence, value_get(value, "metadata"), annotations, NULL, true, decider->arena,
                  &decider->applied, &decider->record);
    record = evidence_record(&evidence);
    if (bookkeeping && bookkeeping->now.node && !record.node)
        return error_set(error, "the annotation " ANNOTATION_INJECTED
                                " cannot be read: nothing is taken out");
    unhold(plan, value, kind_find(group_of(object->api_version), object->kind), record,
           &decider->release);
    take_out_all(decider, plan, record, users_grace);
    plan_remove(plan, bookkeeping);
    plan_remove(plan, plan_map_entry(plan, annotations, SLICE(ANNOTATION_HISTORY)));
    return plan_check(plan, error);
}

// The patch is not for another object with the same name, or for a spec that changed meanwhile.
static int patch_of(struct decider *decider, struct plan *plan, struct decision *decision,
                    struct error *error)
{
    const struct place *guards[] = {plan_path(plan, plan->root, "metadata.uid"),
                                    plan_path(plan, plan->root, "metadata.generation"), NULL};
    struct text text;

    text_init(&text, decider->arena, PATCH_SIZE_MAX);
    if (!guards[0] || !guards[1])
        return error_set(error, "memory is short");
    if (patch_write_tested(plan, &text, guards, error))
        return -1;
    decision->patch = text_slice(&text);
    return 0;
}

int decide_remove(struct decider *decider, const struct object *object, struct slice file,
                  struct arena *arena, struct splices *splices, struct decision *decision,
                  struct error *error)
{
    struct plan plan;

    if (decide_pass(decider, object, decision, error))
        return -1;
    if (!decision->known)
        return 0;
    if (plan_init(&plan, decider->arena, decision->value))
        return error_set(error, "memory is short");
    if (plan_removal(decider, object, decision->value, &plan, error))
        return -1;
    decision->changed = !plan_is_empty(&plan);
    if (!decision->changed)
        return 0;
    if (patch_of(decider, &plan, decision, error))
        return -1;
    return edit(decider, file, plan.root, arena, splices, decision, error);
}

int decide_annotate(struct decider *decider, const struct object *object, struct slice file,
                    int32_t port, struct arena *arena, struct splices *splices,
                    struct decision *decision, struct error *error)
{
    struct plan plan;
    struct place *annotations;
    char json[16];

    if (decide_pass(decider, object, decision, error))
        return -1;
    if (port == 0)
        return 0;
    snprintf(json, sizeof(json), "\"%d\"", (int)port);
    if (plan_init(&plan, decider->arena, decision->value))
        return error_set(error, "memory is short");
    annotations = plan_path(&plan, plan.root, "metadata.annotations");
    plan_set(&plan, plan_map_entry(&plan, annotations, SLICE(ANNOTATION_PREFIX "readiness-port")),
             slice_of(json));
    if (plan.failed)
        return error_set(error, "memory is short");
    decision->changed = true;
    if (patch_of(decider, &plan, decision, error))
        return -1;
    return edit(decider, file, plan.root, arena, splices, decision, error);
}
