// The bookkeeping: which values in the object are evenkeel's. It is one annotation on the object's
// own metadata, a JSON object from place to value. With it, a later policy can adapt the values,
// and `preview --remove` can remove them.
#ifndef EVENKEEL_INTENT_RECORD_H
#define EVENKEEL_INTENT_RECORD_H

#include "intent/evidence.h"
#include "plan/plan.h"

struct record_entry {
    struct record_entry *next;
    struct slice path; // as plan_path_text() has it
    struct slice json; // what we wrote there, compact
};

struct record {
    struct record_entry *first;
    struct arena *arena;
    bool failed; // memory was short
};

// Whether `path` is a place where evenkeel writes values: no mark of its own, except the note of
// the user's grace period. Only such places count in a record, because anybody may have forged it.
// A rule that writes elsewhere adds its place to the table in record.c.
bool record_may_name(struct slice path);

// The name of the rule that writes at `path`. NULL if it is not known.
const char *record_rule(struct slice path);

// Starts with the values of the object's present bookkeeping that are still as they were written.
void record_init(struct record *record, struct evidence *evidence, struct plan *plan,
                 struct arena *arena);

// Notes that `json` (borrowed) is written at `path`.
void record_set(struct record *record, struct slice path, struct slice json);

// Forgets `path`.
void record_drop(struct record *record, struct slice path);

// The JSON at `path`; {NULL, 0} when there is none.
struct slice record_get(const struct record *record, struct slice path);

// Writes it as a JSON object from place to value, in the places' order.
void record_write(const struct record *record, struct text *text);

// Plans the annotation: written where it changes, left out where nothing is ours any more.
void record_plan(const struct record *record, struct plan *plan, struct place *annotations);

#endif
