// Our bookkeeping: which values in the object are ours. One annotation on the object's own
// metadata, a JSON object from place to value, so that a later policy can re-fit them and `preview
// --remove` can take them out.
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

// Whether `path` is a place that evenkeel writes: only such count as ours in a record, which
// anybody may have forged. A rule that writes elsewhere adds its place to the table in record.c.
bool record_may_name(struct slice path);

// The name of the rule that writes at `path`; NULL where it is none that can be told.
const char *record_rule(struct slice path);

// Starts with those values of the object's present bookkeeping that still stand as they were
// written.
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
