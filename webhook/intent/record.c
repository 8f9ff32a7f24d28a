// Keeps entries sorted by path, so that the same values always give the same annotation, in
// whatever order they were written or restored.
#include "intent/record.h"

#include "base/arena.h"
#include "object/annotations.h"

enum { RECORD_SIZE_MAX = 256 * 1024 }; // the API's limit for all annotations together

// The places that evenkeel writes. A record that names another is not ours, whoever wrote it.
static const char *const record_places[] = {
    "metadata.annotations[*]",
    "spec.externalTrafficPolicy",
    "spec.minReadySeconds",
    "spec.progressDeadlineSeconds",
    "spec.strategy.*.max*",
    "spec.template.metadata.annotations[*]",
    "spec.template.metadata.labels[*]",
    "spec.template.spec.affinity.nodeAffinity.preferred*",
    "spec.template.spec.containers[*].*Probe",
    "spec.template.spec.containers[*].lifecycle.preStop",
    "spec.template.spec.readinessGates",
    "spec.template.spec.terminationGracePeriodSeconds",
    "spec.updateStrategy.*max*",
};

bool record_may_name(struct slice path)
{
    for (size_t i = 0; i < sizeof(record_places) / sizeof(record_places[0]); i++)
        if (slice_glob(path, slice_of(record_places[i])))
            return true;
    return false;
}

void record_init(struct record *record, struct evidence *evidence, struct plan *plan,
                 struct arena *arena)
{
    *record = (struct record){.arena = arena};
    struct value entries = evidence_record(evidence);
    uint32_t steps = 0;
    for (struct value entry = value_first(entries); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), arena);
        struct place *place = record_may_name(path) ? plan_locate(plan, path) : NULL;
        if (place != NULL && value_exists(place->now) &&
            value_subset_within(entry, place->now, &steps))
            record_set(record, path, value_raw(entry));
    }
}

static int record_compare(struct slice a, struct slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

// Where the entry of `path` is linked, or would be.
static struct record_entry **record_find(struct record *record, struct slice path)
{
    struct record_entry **link = &record->first;
    while (*link != NULL && record_compare((*link)->path, path) < 0)
        link = &(*link)->next;
    return link;
}

static bool record_has(struct record_entry *const *link, struct slice path)
{
    return *link != NULL && slice_equal((*link)->path, path);
}

void record_set(struct record *record, struct slice path, struct slice json)
{
    struct record_entry **link = record_find(record, path);
    if (!record_has(link, path)) {
        struct record_entry *entry = arena_alloc(record->arena, sizeof(*entry));
        if (entry == NULL || path.data == NULL) {
            record->failed = true;
            return;
        }
        entry->next = *link;
        *link = entry;
    }
    (*link)->path = path;
    (*link)->json = json;
}

void record_drop(struct record *record, struct slice path)
{
    struct record_entry **link = record_find(record, path);
    if (record_has(link, path))
        *link = (*link)->next;
}

static struct slice record_json(const struct record *record)
{
    struct text text;
    text_init(&text, record->arena, RECORD_SIZE_MAX);
    for (const struct record_entry *entry = record->first; entry; entry = entry->next) {
        text_putc(&text, entry == record->first ? '{' : ',');
        text_json_string(&text, entry->path);
        text_putc(&text, ':');
        text_add(&text, entry->json);
    }
    text_putc(&text, '}');
    return text_slice(&text);
}

void record_plan(const struct record *record, struct plan *plan, struct place *annotations)
{
    struct place *place = plan_map_entry(plan, annotations, SLICE(ANNOTATION_INJECTED));
    if (place == NULL || record->failed) {
        plan->failed = true;
        return;
    }
    if (record->first == NULL) {
        plan_remove(plan, place);
        return;
    }
    struct slice json = record_json(record);
    if (value_is_slice(place->now, json))
        return;
    struct text quoted;
    text_init(&quoted, record->arena, 2 * RECORD_SIZE_MAX);
    text_json_string(&quoted, json);
    plan_set(plan, place, text_slice(&quoted));
}
