// Who set this value: the user, the API with its default, or evenkeel? It is decided by the
// difference to the API's default, by what appliers declared, and by the bookkeeping. (KEP-555: an
// Apply entry in managedFields holds exactly what its applier declared. An Update entry proves
// nothing.)
#ifndef EVENKEEL_INTENT_EVIDENCE_H
#define EVENKEEL_INTENT_EVIDENCE_H

#include "plan/plan.h"

enum intent {
    INTENT_UNSET, // nothing there, or the API's default that the user demonstrably left out
    INTENT_AMBIGUOUS_DEFAULT, // the API's default, and no evidence either way
    INTENT_OURS,              // what our bookkeeping says that we wrote
    INTENT_DECLARED_DEFAULT,  // the user declared the API's default
    INTENT_USER_SET,
    INTENT_DECLINED, // nothing, or the API's default, where somebody took a value of ours out
};

// What is known about one object. Sources are read only when they are first used.
struct evidence {
    struct arena *arena;
    struct value metadata;
    struct place
        *coverage; // a source that declares nothing here says nothing about the object at all
    struct place bookkeeping; // the place of our own annotation
    struct value entries;     // of managedFields, once read; absent: none is an Apply
    bool granular;            // an empty set of fields owns its place only, nothing below it
    bool entries_read;
    bool applied_read;
    bool record_read;
    struct tape *applied_tape; // borrowed, for last-applied-configuration
    struct tape *record_tape;  // borrowed, for our bookkeeping
};

// `annotations` is the place of the object's own annotations. `coverage` is the place that an
// applier of the whole object must declare: the containers of a pod template, a Service's spec.
// `granular`: the API knows the object's schema (a built-in kind), so in fieldsV1 an empty set
// means a literal `{}` and owns only itself. The fields of a custom resource may be atomic: there
// an empty set owns everything below it. The caller must clear the tapes.
void evidence_init(struct evidence *evidence, struct value metadata, struct place *annotations,
                   struct place *coverage, bool granular, struct arena *arena,
                   struct tape *applied_tape, struct tape *record_tape);

// What the bookkeeping recorded for `place`. Absent if nothing. `path` is plan_path_text() of the
// place.
struct value evidence_recorded(struct evidence *evidence, struct slice path);

// Uses `json` as the bookkeeping, whatever the annotation says. It is borrowed.
void evidence_set_record(struct evidence *evidence, struct slice json);

// All of the bookkeeping, an object from path to value. Absent if there is none that can be read.
struct value evidence_record(struct evidence *evidence);

// evenkeel's handler in a probe or hook at `place` (a value of evenkeel's, by the bookkeeping) to
// which somebody added their own handler. An apply keeps what its applier never declared, and the
// API refuses the two together. {NULL, 0} if there is none.
struct slice evidence_merged_handler(struct evidence *evidence, const struct place *place,
                                     struct slice path);

// Whether the people who declared the object declared `place`, or left it out. Neither if nothing
// shows it.
bool evidence_declares(struct evidence *evidence, const struct place *place);
bool evidence_leaves_out(struct evidence *evidence, const struct place *place);

// Whether an applier owns `place` only because it owns a whole list or map above it (a custom
// resource by server-side apply).
bool evidence_declares_whole(struct evidence *evidence, const struct place *place);

// Whether the value at `place` comes from a manifest: an Apply entry has the place, or last-applied
// has this value.
bool evidence_is_declared(struct evidence *evidence, const struct place *place);

// What last-applied-configuration says about `place`. Absent if nothing.
struct value evidence_applied_value(struct evidence *evidence, const struct place *place);

// Who set the value at `place`. `api_default` is the JSON that the API writes if the user sets
// nothing. NULL for a field that it leaves absent. `path` as above.
enum intent evidence_intent(struct evidence *evidence, const struct place *place, struct slice path,
                            const char *api_default);

#endif
