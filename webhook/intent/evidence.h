// Whose is a value: the user's, the API's default, or ours? Decided from the difference to the
// API's default, from what appliers declared, and from our own bookkeeping (KEP-555: an Apply entry
// in managedFields holds exactly what its applier declared; an Update entry proves nothing).
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

// What is known about one object. Sources are read on first use only.
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

// `annotations` is the place of the object's own annotations; `coverage` is the place that any
// applier of the whole object must declare: the containers of a pod template, a Service's spec.
// `granular`: the API knows the object's schema (a built-in kind), so in fieldsV1 an empty set
// stands for a literal `{}` and owns itself only. The fields of a custom resource may be atomic:
// there it owns all below it. The tapes are the caller's to clear.
void evidence_init(struct evidence *evidence, struct value metadata, struct place *annotations,
                   struct place *coverage, bool granular, struct arena *arena,
                   struct tape *applied_tape, struct tape *record_tape);

// What our bookkeeping recorded for `place`; absent when nothing. `path` is plan_path_text() of the
// place.
struct value evidence_recorded(struct evidence *evidence, struct slice path);

// Has `json` stand for our bookkeeping, whatever the annotation says: borrowed.
void evidence_set_record(struct evidence *evidence, struct slice json);

// All of our bookkeeping, an object from path to value; absent when there is none that can be read.
struct value evidence_record(struct evidence *evidence);

// The handler of ours in a probe or hook at `place` (a value of ours, by our bookkeeping) to which
// somebody added one of their own: an apply keeps what its applier never declared, and the API
// refuses the two together. {NULL, 0} when there is none.
struct slice evidence_merged_handler(struct evidence *evidence, const struct place *place,
                                     struct slice path);

// Whether whoever declared the object declared `place`, or left it out. Neither where nothing
// tells.
bool evidence_declares(struct evidence *evidence, const struct place *place);
bool evidence_leaves_out(struct evidence *evidence, const struct place *place);

// Whether an applier owns `place` only because it owns a whole list or map above it (a custom
// resource by server-side apply).
bool evidence_declares_whole(struct evidence *evidence, const struct place *place);

// Whether what stands at `place` comes from a manifest: an Apply entry has the place, or
// last-applied this very value.
bool evidence_is_declared(struct evidence *evidence, const struct place *place);

// What last-applied-configuration says of `place`; absent when nothing.
struct value evidence_applied_value(struct evidence *evidence, const struct place *place);

// Whose the value at `place` is. `api_default` is the JSON that the API writes where the user says
// nothing; NULL for a field that it leaves absent. `path` as above.
enum intent evidence_intent(struct evidence *evidence, const struct place *place, struct slice path,
                            const char *api_default);

#endif
