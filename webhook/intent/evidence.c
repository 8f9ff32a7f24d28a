// Reads managedFields, last-applied-configuration and the bookkeeping, and decides only from them.
#include "intent/evidence.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "object/handlers.h"

enum declared { DECLARED_UNKNOWN, DECLARED_NO, DECLARED_YES };

enum {
    ANNOTATION_SIZE_MAX = 256 * 1024, // the API's limit for all annotations together
    RECORD_ENTRIES_MAX = 1024,        // more than all rules write for all containers
    FIELD_ROOM = 256,                 // bytes of a key that needs no memory of the arena's
    FIELD_MAX = 1024,                 // longer than any name that the API accepts
};

void evidence_init(struct evidence *evidence, struct value metadata, struct place *annotations,
                   struct place *coverage, bool granular, struct arena *arena,
                   struct tape *applied_tape, struct tape *record_tape)
{
    *evidence = (struct evidence){
        .arena = arena,
        .metadata = metadata,
        .coverage = coverage,
        .granular = granular,
        .bookkeeping = {.parent = annotations, .key = SLICE(ANNOTATION_INJECTED), .index = -1},
        .applied_tape = applied_tape,
        .record_tape = record_tape,
    };
}

static void evidence_read_json(struct slice json, struct tape *tape)
{
    tape->count = 0;
    if (json.data == NULL || json.size > ANNOTATION_SIZE_MAX ||
        tape_parse(tape, json, TAPE_FULL, NULL) < 0)
        tape->count = 0;
}

// An annotation whose value is a JSON text. A text that cannot be read, or that the API will
// refuse, counts as absent.
static struct value evidence_read_annotation(struct evidence *evidence, const char *key,
                                             struct tape *tape)
{
    struct value annotation = value_get(value_get(evidence->metadata, "annotations"), key);
    evidence_read_json(value_string(annotation, evidence->arena), tape);
    return value_root(tape);
}

static void evidence_bound_record(struct evidence *evidence)
{
    if (value_count(value_root(evidence->record_tape)) > RECORD_ENTRIES_MAX)
        evidence->record_tape->count = 0;
    evidence->record_read = true;
}

struct value evidence_record(struct evidence *evidence)
{
    if (!evidence->record_read) {
        evidence_read_annotation(evidence, ANNOTATION_INJECTED, evidence->record_tape);
        evidence_bound_record(evidence);
    }
    return value_root(evidence->record_tape);
}

void evidence_set_record(struct evidence *evidence, struct slice json)
{
    evidence_read_json(json, evidence->record_tape);
    evidence_bound_record(evidence);
}

struct value evidence_recorded(struct evidence *evidence, struct slice path)
{
    return value_get_slice(evidence_record(evidence), path);
}

static struct value evidence_applied(struct evidence *evidence)
{
    if (!evidence->applied_read)
        evidence_read_annotation(evidence, ANNOTATION_LAST_APPLIED, evidence->applied_tape);
    evidence->applied_read = true;
    return value_root(evidence->applied_tape);
}

static void evidence_write_field(const struct place *place, struct text *key)
{
    if (place->index < 0) {
        text_puts(key, "f:");
        text_add(key, place->key);
    } else {
        text_puts(key, "k:{\"name\":");
        text_json_string(key, place->key);
        text_putc(key, '}');
    }
}

// The member of a fieldsV1 set for `place`: f:<name>, or k:{"name":"<name>"} for an item. An object
// may have hundreds of sets, and each of many questions looks into all of them. So the key of a
// short name is put together without the arena.
static struct value evidence_field(struct evidence *evidence, struct value set,
                                   const struct place *place)
{
    char room[FIELD_ROOM];
    struct text key = {evidence->arena, room, 0, sizeof(room), FIELD_MAX, false};

    evidence_write_field(place, &key);
    return value_get_slice(set, text_slice(&key));
}

// What a fieldsV1 set says about `place`. Absent if it does not own it. `owned` becomes true if an
// empty set at an ancestor owns everything below it: an atomic field.
static struct value evidence_in_set(struct evidence *evidence, struct value set,
                                    const struct place *place, bool *owned)
{
    if (place == NULL) // memory was short
        return (struct value){set.tape, 0};
    if (place->parent == NULL)
        return set;
    struct value parent = evidence_in_set(evidence, set, place->parent, owned);
    if (*owned || parent.node == 0)
        return parent;
    if (value_count(parent) == 0) {
        *owned = !evidence->granular;
        return (struct value){parent.tape, 0};
    }
    return evidence_field(evidence, parent, place);
}

static bool evidence_set_declares(struct evidence *evidence, struct value set,
                                  const struct place *place)
{
    bool owned = false;
    struct value found = evidence_in_set(evidence, set, place, &owned);
    return owned || found.node != 0;
}

static struct value evidence_named_item(struct value list, struct slice name)
{
    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (value_is_slice(value_get(item, "name"), name))
            return item;
    return (struct value){list.tape, 0};
}

// What an applied manifest says about `place`. A null also counts for everything below it. It
// declares nothing, because the API reads it so.
static struct value evidence_in_manifest(struct value manifest, const struct place *place)
{
    if (place == NULL)
        return (struct value){manifest.tape, 0};
    if (place->parent == NULL)
        return manifest;
    struct value parent = evidence_in_manifest(manifest, place->parent);
    if (value_type(parent) == TAPE_NULL)
        return parent;
    return place->index < 0 ? value_get_slice(parent, place->key)
                            : evidence_named_item(parent, place->key);
}

// Adds what one source says to what the others said. A source that does not declare the coverage
// place (an applier of one annotation, for example) says nothing by leaving a field out.
static enum declared evidence_add(enum declared so_far, bool covers, bool declares)
{
    if (declares)
        return DECLARED_YES;
    return covers && so_far == DECLARED_UNKNOWN ? DECLARED_NO : so_far;
}

// The entries of managedFields. Absent if none is an Apply, as in most objects.
static struct value evidence_entries(struct evidence *evidence)
{
    struct value entries;
    if (evidence->entries_read)
        return evidence->entries;
    entries = value_get(evidence->metadata, "managedFields");
    for (struct value entry = value_first(entries); entry.node; entry = value_next(entry))
        if (value_is(value_get(entry, "operation"), "Apply"))
            evidence->entries = entries;
    evidence->entries_read = true;
    return evidence->entries;
}

static enum declared evidence_declared(struct evidence *evidence, const struct place *place)
{
    enum declared declared = DECLARED_UNKNOWN;
    struct value entries = evidence_entries(evidence);
    for (struct value entry = value_first(entries); entry.node; entry = value_next(entry)) {
        struct value set = value_get(entry, "fieldsV1");
        if (!value_is(value_get(entry, "operation"), "Apply") || value_count(set) == 0)
            continue;
        declared = evidence_add(declared, evidence_set_declares(evidence, set, evidence->coverage),
                                evidence_set_declares(evidence, set, place));
    }
    struct value manifest = evidence_applied(evidence);
    if (declared == DECLARED_YES || manifest.node == 0)
        return declared;
    return evidence_add(declared, evidence_in_manifest(manifest, evidence->coverage).node != 0,
                        value_exists(evidence_in_manifest(manifest, place)));
}

bool evidence_declares(struct evidence *evidence, const struct place *place)
{
    return evidence_declared(evidence, place) == DECLARED_YES;
}

bool evidence_leaves_out(struct evidence *evidence, const struct place *place)
{
    return evidence_declared(evidence, place) == DECLARED_NO;
}

bool evidence_declares_whole(struct evidence *evidence, const struct place *place)
{
    bool owned = false;
    struct value entries = evidence_entries(evidence);
    for (struct value entry = value_first(entries); entry.node; entry = value_next(entry))
        if (value_is(value_get(entry, "operation"), "Apply"))
            evidence_in_set(evidence, value_get(entry, "fieldsV1"), place, &owned);
    return owned;
}

bool evidence_is_declared(struct evidence *evidence, const struct place *place)
{
    struct value entries = evidence_entries(evidence);
    for (struct value entry = value_first(entries); entry.node; entry = value_next(entry)) {
        struct value set = value_get(entry, "fieldsV1");
        if (value_is(value_get(entry, "operation"), "Apply") && value_count(set) > 0 &&
            evidence_set_declares(evidence, set, place))
            return true;
    }
    return value_exists(place->now) &&
           value_equal(evidence_in_manifest(evidence_applied(evidence), place), place->now);
}

struct value evidence_applied_value(struct evidence *evidence, const struct place *place)
{
    return evidence_in_manifest(evidence_applied(evidence), place);
}

struct slice evidence_merged_handler(struct evidence *evidence, const struct place *place,
                                     struct slice path)
{
    struct value recorded = evidence_recorded(evidence, path);
    struct slice ours = {NULL, 0};
    bool others = false;
    for (int i = 0; handlers_all[i] != NULL; i++) {
        if (!value_exists(value_get(place->now, handlers_all[i])))
            continue;
        if (value_exists(value_get(recorded, handlers_all[i])))
            ours = slice_of(handlers_all[i]);
        else
            others = true;
    }
    return others ? ours : (struct slice){NULL, 0};
}

// Whether the applied manifest has another handler in a probe or hook of which evenkeel's stands:
// an undo brought it back from a version before the manifest.
static bool evidence_declares_another(struct evidence *evidence, const struct place *place,
                                      struct value recorded)
{
    struct value manifest = evidence_in_manifest(evidence_applied(evidence), place);
    bool another = false;
    for (int i = 0; handlers_all[i] != NULL; i++) {
        bool ours = value_exists(value_get(recorded, handlers_all[i]));
        bool declared = value_exists(value_get(manifest, handlers_all[i]));
        if (ours && declared)
            return false;
        another = another || declared;
    }
    return another;
}

// Whether a value in the bookkeeping is still evenkeel's. It is the user's once they declare it
// themselves, unless they declare an export that also has the bookkeeping.
static bool evidence_is_ours(struct evidence *evidence, const struct place *place,
                             struct slice path)
{
    struct value recorded = evidence_recorded(evidence, path);
    if (recorded.node == 0 || !value_subset(recorded, place->now) ||
        evidence_merged_handler(evidence, place, path).size > 0)
        return false;
    return place->still_ours || evidence_declared(evidence, place) != DECLARED_YES ||
           evidence_declared(evidence, &evidence->bookkeeping) == DECLARED_YES ||
           (evidence_entries(evidence).node == 0 &&
            evidence_declares_another(evidence, place, recorded));
}

enum intent evidence_intent(struct evidence *evidence, const struct place *place, struct slice path,
                            const char *api_default)
{
    bool exists = value_exists(place->now);
    if (exists && evidence_is_ours(evidence, place, path))
        return INTENT_OURS;
    if (exists && (api_default == NULL || !slice_is(value_raw(place->now), api_default)))
        return INTENT_USER_SET;
    switch (evidence_declared(evidence, place)) {
    case DECLARED_YES:
        return INTENT_DECLARED_DEFAULT;
    case DECLARED_NO:
        return INTENT_UNSET;
    default:
        return exists ? INTENT_AMBIGUOUS_DEFAULT : INTENT_UNSET;
    }
}
