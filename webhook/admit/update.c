// Compares the new object with the old one: raw bytes first, meaning only where those differ.
#include "admit/update.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "plan/patch.h"

static bool update_same(struct value a, struct value b)
{
    return slice_equal(value_raw(a), value_raw(b)) || value_equal(a, b);
}

bool update_changes_nothing(const struct review *review, const struct kind *kind)
{
    if (!value_exists(review->old_object))
        return false;
    if (!update_same(value_get(review->object, "spec"), value_get(review->old_object, "spec")))
        return false;
    if (!(kind->flags & KIND_SERVICE))
        return true;
    struct value metadata = value_get(review->object, "metadata");
    struct value old_metadata = value_get(review->old_object, "metadata");
    return update_same(value_get(metadata, "annotations"), value_get(old_metadata, "annotations"));
}

// What was dropped: an entry of the old bookkeeping that still stood in the old object, and stands
// no more.
struct dropped {
    struct slice path;
    struct slice json;     // what stood there, as the API wrote it
    struct slice recorded; // the same as we wrote it: the record keeps its own text
};

struct dropped_list {
    struct dropped *items;
    uint32_t count;
};

// A place that the request left empty, or at the API's default, in spite of what we had written
// there; unless the user declares just that.
static bool update_was_dropped(struct run *run, const struct place *now, struct slice path)
{
    static const struct {
        const char *key;
        const char *api_default;
    } defaults[] = {
        {"terminationGracePeriodSeconds", "30"},
        {"externalTrafficPolicy", "\"Cluster\""},
    };
    const char *api_default = NULL;
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        if (slice_is(now->key, defaults[i].key))
            api_default = defaults[i].api_default;
    if (value_exists(now->now) &&
        (api_default == NULL || !slice_is(value_raw(now->now), api_default)))
        return false;
    return evidence_intent(&run->evidence, now, path, api_default) != INTENT_DECLARED_DEFAULT;
}

// Plans all that was dropped on a trial copy of the new object's plan.
static void update_find_dropped(struct run *run, struct evidence *old, struct plan *old_plan,
                                struct plan *trial, struct dropped_list *list)
{
    bool service = run->facts.kind->flags & KIND_SERVICE;
    struct value record = evidence_record(old);
    uint32_t steps = 0;
    list->items = arena_alloc(run->arena, value_count(record) * sizeof(*list->items));
    if (list->items == NULL)
        return;
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        struct place *was = plan_locate(old_plan, path);
        struct place *now = plan_locate(trial, path);
        if (was == NULL || now == NULL || !(now->in_template || service) ||
            !value_subset_within(entry, was->now, &steps) || !update_was_dropped(run, now, path))
            continue;
        plan_set(trial, now, value_raw(was->now));
        list->items[list->count++] = (struct dropped){path, value_raw(was->now), value_raw(entry)};
    }
}

static struct place *update_template(struct plan *plan)
{
    struct place *template = plan_path(plan, plan->root, "spec.template");
    if (template != NULL)
        template->in_template = true;
    return template;
}

// Whether the pod template with the dropped values put back says what the old one said.
static bool update_template_returns(struct run *run, struct plan *trial, struct value old_template)
{
    struct text text;
    text_init(&text, run->arena, PATCH_SIZE_MAX);
    patch_write_value(&text, update_template(trial));
    struct slice json = text_slice(&text);
    return json.data != NULL && tape_parse(run->value_tape, json, TAPE_FULL, NULL) == 0 &&
           value_equal(value_root(run->value_tape), old_template);
}

// A Service whose bookkeeping is still there was not replaced: what is missing, the user took out.
static bool update_returns(struct run *run, struct plan *trial, struct value old_template)
{
    if (trial->failed || trial->edits == 0)
        return false;
    return run->facts.kind->flags & KIND_SERVICE
               ? evidence_record(&run->evidence).node == 0
               : update_template_returns(run, trial, old_template);
}

static bool update_restore(struct run *run, const struct review *review, struct tape *old_tape)
{
    struct evidence old;
    struct plan old_plan, trial;
    struct dropped_list list = {NULL, 0};
    struct value old_template = value_get(value_get(review->old_object, "spec"), "template");
    evidence_init(&old, value_get(review->old_object, "metadata"), NULL, NULL, true, run->arena,
                  NULL, old_tape);
    if (evidence_record(&old).node == 0 ||
        plan_init(&old_plan, run->arena, review->old_object) < 0 ||
        plan_init(&trial, run->arena, review->object) < 0 || update_template(&trial) == NULL)
        return false;
    update_find_dropped(run, &old, &old_plan, &trial, &list);
    if (!update_returns(run, &trial, old_template))
        return false;
    for (uint32_t i = 0; i < list.count; i++) {
        plan_set(&run->plan, plan_locate(&run->plan, list.items[i].path), list.items[i].json);
        record_set(&run->record, list.items[i].path, list.items[i].recorded);
    }
    return true;
}

void update_read(struct run *run, const struct review *review, struct tape *old_tape)
{
    bool restores = run->policy->mode == MODE_ENFORCE && value_exists(review->old_object);
    if (run->facts.kind->flags & KIND_SERVICE) {
        if (restores)
            update_restore(run, review, old_tape);
        return;
    }
    if (run->policy->on_update == ON_UPDATE_ALWAYS || !value_exists(review->old_object))
        return;
    struct value old_template = value_get(value_get(review->old_object, "spec"), "template");
    if (update_same(run->facts.template, old_template))
        run->template_locked = true;
    else if (restores)
        run->template_locked = update_restore(run, review, old_tape);
}
