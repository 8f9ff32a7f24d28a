// Compares the new object with the old one: first raw bytes, and the meaning only if they differ.
#include "admit/update.h"

#include "admit/past.h"
#include "admit/removal.h"
#include "admit/rollback.h"
#include "base/arena.h"
#include "object/annotations.h"
#include "object/rollout.h"
#include "plan/patch.h"

bool update_changes_nothing(const struct review *review, const struct kind *kind)
{
    if (!value_exists(review->old_object))
        return false;
    if (!value_same(value_get(review->object, "spec"), value_get(review->old_object, "spec")))
        return false;
    if (!(kind->flags & KIND_SERVICE))
        return !past_marks_changed(review);
    struct value metadata = value_get(review->object, "metadata");
    struct value old_metadata = value_get(review->old_object, "metadata");
    return value_same(value_get(metadata, "annotations"), value_get(old_metadata, "annotations"));
}

// A dropped value: an entry of the bookkeeping whose value was in the old object and is not in the
// new one.
struct dropped {
    struct slice path;
    struct slice json;     // what stood there, as the API wrote it
    struct slice recorded; // the same as we wrote it: the record keeps its own text
};

struct dropped_list {
    struct dropped *items;
    uint32_t count;
};

// A place that a rewrite left empty or at the API's default, although evenkeel had written a value
// there, unless the user declares exactly this; or a place that another client declares at the
// default.
static bool update_was_dropped(struct run *run, const struct place *now, const struct place *was,
                               struct value entry, struct slice path)
{
    if (!removal_is_gone(run, now, entry) || run_rule_is_among(run, path, run->refused) ||
        record_get(&run->history.declined, path).data != NULL)
        return false;
    return removal_is_by_client(run, now, was) ||
           (run->rewrite && evidence_intent(&run->evidence, now, path, run_api_default(run, now)) !=
                                INTENT_DECLARED_DEFAULT);
}

// Plans all dropped values on a trial copy of the new object's plan.
static void update_find_dropped(struct run *run, struct plan *trial, struct dropped_list *list)
{
    bool service = run->facts.kind->flags & KIND_SERVICE;
    struct value record = evidence_record(&run->before.evidence);
    uint32_t steps = 0;
    list->items = arena_alloc(run->arena, value_count(record) * sizeof(*list->items));
    if (list->items == NULL)
        return;
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        struct place *was = plan_locate(&run->before.plan, path);
        struct place *now = plan_locate(trial, path);
        if (was == NULL || now == NULL || !(now->in_template || service) ||
            !value_subset_within(entry, was->now, &steps) ||
            !update_was_dropped(run, now, was, entry, path))
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

// Whether the pod template with the dropped values put back is the same as the old one.
static bool update_template_returns(struct run *run, struct plan *trial, struct value old_template)
{
    struct text text;
    text_init(&text, run->arena, PATCH_SIZE_MAX);
    patch_write_value(&text, update_template(trial));
    struct slice json = text_slice(&text);
    return json.data != NULL && tape_parse(run->value_tape, json, TAPE_FULL, NULL) == 0 &&
           value_equal(value_root(run->value_tape), old_template);
}

static bool update_restore(struct run *run, struct value old_template)
{
    struct plan trial;
    struct dropped_list list = {NULL, 0};
    if (evidence_record(&run->before.evidence).node == 0 ||
        plan_init(&trial, run->arena, run->facts.object) < 0 || update_template(&trial) == NULL)
        return false;
    update_find_dropped(run, &trial, &list);
    bool service = run->facts.kind->flags & KIND_SERVICE;
    if (trial.failed || plan_is_empty(&trial) ||
        !(service || update_template_returns(run, &trial, old_template)))
        return false;
    for (uint32_t i = 0; i < list.count; i++) {
        plan_set(&run->plan, plan_locate(&run->plan, list.items[i].path), list.items[i].json);
        record_set(&run->record, list.items[i].path, list.items[i].recorded);
    }
    run->restored = true;
    return true;
}

// A value that was put back in a request about something else stays evenkeel's, even if its client
// declares it.
static void update_keep_ours(struct run *run)
{
    struct value record = evidence_record(&run->evidence);
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        struct place *now = plan_locate(&run->plan, path);
        struct place *was = plan_locate(&run->before.plan, path);
        if (now != NULL && was != NULL && removal_is_told_later(run, now, was))
            now->still_ours = true;
    }
}

// Controllers write objects too, and their writes ask for nothing.
static bool update_is_by_controller(const struct review *review)
{
    static const char *const names[] = {
        "system:serviceaccount:kube-system:deployment-controller",
        "system:kube-controller-manager",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (value_is(value_get(review->user, "username"), names[i]))
            return true;
    return false;
}

// While a rollout is unfinished, refused values are removed at once, because they may be the reason
// why it does not finish.
static void update_unlock(struct run *run, const struct review *review)
{
    if (!run->template_locked || update_is_by_controller(review) ||
        !(run->facts.kind->flags & KIND_HISTORY) || !rollout_read(review->old_object).unfinished)
        return;
    for (struct record_entry *entry = run->record.first; entry; entry = entry->next) {
        const struct place *place = plan_locate(&run->plan, entry->path);
        if (place != NULL && place->in_template &&
            (run->opt_out == OPT_OUT_YES || run_rule_is_among(run, entry->path, run->refused)))
            run->at_once = true;
    }
    run->template_locked = !run->at_once;
}

static void update_read_workload(struct run *run, const struct review *review, bool rules)
{
    struct value old_template = value_get(value_get(review->old_object, "spec"), "template");
    bool changed = run->template_changed;
    bool enforced = rules && run->policy->mode == MODE_ENFORCE;
    run->rewrite = removal_is_rewrite(run);
    if (!changed)
        update_keep_ours(run);
    if (rules)
        removal_read(run, run->rewrite);
    run->template_locked = !changed && run->policy->on_update != ON_UPDATE_ALWAYS;
    if (changed && enforced)
        rollback_read(run, review);
    if (changed && enforced && !run->rolled_back && run->policy->on_update != ON_UPDATE_ALWAYS)
        run->template_locked = update_restore(run, old_template);
    update_unlock(run, review);
}

void update_read(struct run *run, const struct review *review, bool rules)
{
    if (!run->before.known)
        return;
    if (!(run->facts.kind->flags & KIND_SERVICE)) {
        update_read_workload(run, review, rules);
        return;
    }
    run->rewrite = run->record_dropped;
    if (!rules)
        return;
    removal_read(run, run->rewrite);
    // A Service that still has its bookkeeping was not replaced: somebody removed the missing
    // value.
    if (run->policy->mode == MODE_ENFORCE && run->rewrite)
        update_restore(run, (struct value){NULL, 0});
}

void update_warn_restored(struct run *run)
{
    struct text names;
    const char *last = NULL;
    if (!run->before.known || !(run->rewrite || run->restored) || run->policy->mode != MODE_ENFORCE)
        return;
    struct value record = evidence_record(&run->before.evidence);
    text_init(&names, run->arena, 1024);
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        const struct place *now = plan_locate(&run->plan, path);
        const char *name = record_rule(path);
        if (now == NULL || name == NULL || (last != NULL && strcmp(name, last) == 0) ||
            !removal_is_gone(run, now, entry) || record_get(&run->record, path).data == NULL)
            continue;
        text_puts(&names, last == NULL ? "" : ", ");
        text_puts(&names, name);
        last = name;
    }
    run_warn_names(run, "evenkeel put back (" ANNOTATION_INJECT ": \"false\" leaves it out): ",
                   text_slice(&names));
}
