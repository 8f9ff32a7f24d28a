// Keeps entries sorted by path, so that the same values always give the same annotation, in
// whatever order they were written or restored.
#include "intent/record.h"

#include "base/arena.h"
#include "object/annotations.h"

enum { RECORD_SIZE_MAX = 256 * 1024 }; // the API's limit for all annotations together

// The places that evenkeel writes, and the rule that writes each place. NULL: one of several. A
// record that names another place is not evenkeel's, whoever wrote it.
static const struct {
    const char *path;
    const char *rule;
} record_places[] = {
    {"metadata.annotations[*]", NULL},
    {"spec.externalTrafficPolicy", "externalTrafficPolicy"},
    {"spec.minReadySeconds", "minReadySeconds"},
    {"spec.progressDeadlineSeconds", "progressDeadlineSeconds"},
    {"spec.strategy.*.max*", "rollingUpdate"},
    {"spec.template.metadata.annotations[" ANNOTATION_LINKERD_DRAIN "]", "meshDrain"},
    {"spec.template.metadata.annotations[" ANNOTATION_DAPR_DRAIN "]", "meshDrain"},
    {"spec.template.metadata.annotations[" ANNOTATION_ISTIO_DRAIN "]", "meshDrain"},
    {"spec.template.metadata.annotations[*]", "podAnnotations"},
    {"spec.template.metadata.labels[*]", "versionLabel"},
    {"spec.template.spec.affinity.nodeAffinity.preferred*", "nodeAffinity"},
    {"spec.template.spec.containers[*].livenessProbe", "livenessProbe"},
    {"spec.template.spec.containers[*].readinessProbe", "readinessProbe"},
    {"spec.template.spec.containers[*].startupProbe", "startupProbe"},
    {"spec.template.spec.containers[*].lifecycle.preStop", "preStop"},
    {"spec.template.spec.readinessGates", "readinessGates"},
    {"spec.template.spec.terminationGracePeriodSeconds", "terminationGracePeriodSeconds"},
    {"spec.updateStrategy.*max*", "rollingUpdate"},
};

enum { RECORD_PLACES = sizeof(record_places) / sizeof(record_places[0]) };

// evenkeel's own marks are no values. Its books would be edited twice, if they were.
static bool record_is_mark(struct slice path)
{
    return slice_glob(path, SLICE("*metadata.annotations[" ANNOTATION_PREFIX "*")) &&
           !slice_is(path, "metadata.annotations[" ANNOTATION_USERS_GRACE "]");
}

// Whether `path` is such a place. A '*' stands for one name: names in brackets have none.
static bool record_is_at(struct slice path, const char *place)
{
    const char *bracket = memchr(path.data, '[', path.size);
    return slice_glob(path, slice_of(place)) &&
           !(bracket && strchr(place, '[') &&
             memchr(bracket + 1, '[', (size_t)(path.data + path.size - bracket - 1)));
}

bool record_may_name(struct slice path)
{
    for (size_t i = 0; i < RECORD_PLACES && path.size > 0; i++)
        if (record_is_at(path, record_places[i].path))
            return !record_is_mark(path);
    return false;
}

const char *record_rule(struct slice path)
{
    for (size_t i = 0; i < RECORD_PLACES && path.size > 0; i++)
        if (record_is_at(path, record_places[i].path))
            return record_places[i].rule;
    return NULL;
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

// The link to the entry of `path`, or the place where the link would be.
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
    if (path.data == NULL || json.data == NULL) {
        record->failed = true;
        return;
    }
    if (!record_has(link, path)) {
        struct record_entry *entry = arena_alloc(record->arena, sizeof(*entry));
        if (entry == NULL) {
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

struct slice record_get(const struct record *record, struct slice path)
{
    const struct record_entry *entry = record->first;
    while (entry != NULL && !slice_equal(entry->path, path))
        entry = entry->next;
    return entry != NULL ? entry->json : (struct slice){NULL, 0};
}

void record_write(const struct record *record, struct text *text)
{
    text_putc(text, '{');
    for (const struct record_entry *entry = record->first; entry; entry = entry->next) {
        if (entry != record->first)
            text_putc(text, ',');
        text_json_string(text, entry->path);
        text_putc(text, ':');
        text_add(text, entry->json);
    }
    text_putc(text, '}');
}

static struct slice record_json(const struct record *record)
{
    struct text text;
    text_init(&text, record->arena, RECORD_SIZE_MAX);
    record_write(record, &text);
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
