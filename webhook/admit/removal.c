// Compares the record with what is left of its values. It plans nothing.
#include "admit/removal.h"

#include "object/annotations.h"

enum { INSIDE, OUTSIDE };

struct removal_count {
    uint32_t all, gone;
};

static bool removal_is_inside(struct slice path)
{
    return slice_starts_with(path, "spec.template.spec.containers[");
}

bool removal_is_gone(struct run *run, const struct place *now, struct value entry)
{
    const char *api_default = run_api_default(run, now);
    if (!value_exists(now->now))
        return true;
    return api_default != NULL && slice_is(value_raw(now->now), api_default) &&
           !slice_is(value_raw(entry), api_default);
}

static bool removal_applies_for_others(struct value entry)
{
    static const char *const managers[] = {"helm", "helm-controller", "kustomize-controller"};
    if (!value_is(value_get(entry, "operation"), "Apply"))
        return false;
    for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
        if (value_is(value_get(entry, "manager"), managers[i]))
            return true;
    return false;
}

// A client that changes to server-side apply first turns its Update entry into an Apply entry. Then
// it gives up what its manifest does not have: the API's default is there, and nobody chose it.
static bool removal_is_given_up(struct run *run, const struct place *now, const struct place *was)
{
    return value_exists(now->now) && evidence_declares(&run->before.evidence, was) &&
           evidence_leaves_out(&run->evidence, now);
}

// The same client, if its manifest has the API's default: before, nothing showed that it has. An
// Apply entry with a value of evenkeel's came from its Update entry.
bool removal_is_told_later(struct run *run, const struct place *now, const struct place *was)
{
    struct value applied =
        value_get(value_get(run->facts.metadata, "annotations"), ANNOTATION_LAST_APPLIED);
    struct value entries = value_get(run->facts.metadata, "managedFields");
    bool known = false;
    if (!now->in_template || value_exists(applied) || !evidence_declares(&run->evidence, now))
        return false;
    for (struct value entry = value_first(entries); entry.node; entry = value_next(entry))
        known = known || removal_applies_for_others(entry);
    return known && !evidence_leaves_out(&run->before.evidence, was);
}

// A null that the manifest already had means unset, but each time the client's patch deletes what
// evenkeel wrote there. Helm keeps no manifest in the object: what its patch deletes of evenkeel's,
// its chart has as a null.
static bool removal_is_of_null(struct run *run, const struct place *now, const struct place *was)
{
    if (value_type(evidence_applied_value(&run->evidence, now)) == TAPE_NULL)
        return value_type(evidence_applied_value(&run->before.evidence, was)) == TAPE_NULL;
    return !value_exists(now->now) && value_is(run->field_manager, "helm");
}

bool removal_is_by_client(struct run *run, const struct place *now, const struct place *was)
{
    return now != NULL && was != NULL &&
           (removal_is_of_null(run, now, was) || removal_is_given_up(run, now, was) ||
            removal_is_told_later(run, now, was));
}

// The place in the request of an entry of the record, if the old object had its value. NULL if it
// did not, or if its container is gone.
static struct place *removal_stood(struct run *run, struct slice path, struct value entry,
                                   uint32_t *steps)
{
    struct place *was = plan_locate(&run->before.plan, path);
    if (was == NULL || !value_subset_within(entry, was->now, steps))
        return NULL;
    return plan_locate(&run->plan, path);
}

bool removal_is_rewrite(struct run *run)
{
    struct removal_count counts[2] = {{0, 0}, {0, 0}};
    struct value record = evidence_record(&run->evidence);
    uint32_t steps = 0;
    if (run->record_dropped)
        return true;
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        struct place *now = removal_stood(run, path, entry, &steps);
        if (now == NULL)
            continue;
        struct removal_count *count = &counts[removal_is_inside(path) ? INSIDE : OUTSIDE];
        count->all++;
        count->gone += removal_is_gone(run, now, entry);
    }
    bool inside = counts[INSIDE].all > 0 && counts[INSIDE].gone == counts[INSIDE].all;
    bool outside = counts[OUTSIDE].all > 0 && counts[OUTSIDE].gone == counts[OUTSIDE].all;
    return inside && (outside || !(run->facts.kind->flags & KIND_BUILT_IN));
}

// Forgets what is no longer true.
static void removal_forget(struct run *run, struct record *record, bool values_end_it)
{
    struct record_entry *next;
    for (struct record_entry *entry = record->first; entry; entry = next) {
        next = entry->next;
        struct place *place = plan_locate(&run->plan, entry->path);
        const char *api_default = place ? run_api_default(run, place) : NULL;
        bool own = place != NULL && value_exists(place->now) &&
                   (api_default == NULL || !slice_is(value_raw(place->now), api_default));
        if (place == NULL || (values_end_it && own) ||
            run_rule_is_among(run, entry->path, run->insisted))
            record_drop(record, entry->path);
    }
}

// Beside these strategies there is no pair. Who changed to one did not decide about the pair.
static bool removal_is_forced(const struct run *run, const struct place *now)
{
    return now->parent == run->facts.surge_place &&
           (slice_is(run->facts.strategy_type, "Recreate") ||
            slice_is(run->facts.strategy_type, "OnDelete"));
}

void removal_read(struct run *run, bool rewrite)
{
    struct value record = evidence_record(&run->evidence);
    uint32_t steps = 0;
    for (struct value entry = value_first(record); entry.node && !rewrite;
         entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        if (!record_may_name(path) || run_rule_is_among(run, path, run->refused))
            continue;
        struct place *now = removal_stood(run, path, entry, &steps);
        struct place *was = plan_locate(&run->before.plan, path);
        if (now == NULL || !removal_is_gone(run, now, entry) || removal_is_forced(run, now) ||
            evidence_declares(&run->evidence, now) || removal_is_by_client(run, now, was))
            continue;
        if (record_get(&run->history.declined, path).data == NULL)
            run->declined |= run_rule_bit(run, path);
        record_set(&run->history.declined, path, SLICE("true"));
    }
    // The values that an undo brings are old ones, not a newer decision.
    removal_forget(run, &run->history.declined, !run->undone);
    removal_forget(run, &run->history.never_passed, false);
}
