// What earlier requests decided about an object, in the annotation evenkeel.dev/history: which
// values somebody removed, which probes never passed and which did, and what was evenkeel's in the
// templates that ran before. docs/decisions/0012-ways-out.md says why.
#ifndef EVENKEEL_INTENT_HISTORY_H
#define EVENKEEL_INTENT_HISTORY_H

#include "intent/record.h"

enum {
    HISTORY_TEMPLATES_MAX = 3,
    HISTORY_TEMPLATES_SIZE_MAX = 4096,         // bytes of all remembered templates together
    HISTORY_ANNOTATIONS_SIZE_MAX = 200 * 1024, // bytes; past them no template is remembered
};

// A template that ran before.
struct remembered {
    struct slice hash;   // of the user's own part, 16 digits
    struct slice values; // JSON: an object from place to the value of ours in it
};

struct history {
    // From place to JSON. A value that somebody removed and that must stay out: true.
    struct record declined;
    // A readiness probe of evenkeel's that never passed, and how often this was found: {"probe":…,
    // "times":N}, with "without":true once a template went out without it, and "again":true if it
    // may be tried once more.
    struct record never_passed;
    // The handler with which a readiness probe of evenkeel's passed.
    struct record passed;
    struct remembered templates[HISTORY_TEMPLATES_MAX]; // the latest first
    uint32_t template_count;
    // The hash of the template that an undo left, until the next change. With it, the same request
    // is recognised when it is decided again.
    struct slice undone;
    // metadata.generation of the object to which this was written; 0 if nothing says it. A history
    // that an old ReplicaSet kept has a lower one than the object.
    int64_t generation;
};

// Reads the annotation in `annotations`, with the scratch `tape`. What is kept is copied into
// `arena`. What cannot be read, or names a place that evenkeel does not write, counts as absent.
void history_read(struct history *history, struct value annotations, struct tape *tape,
                  struct arena *arena);

// Adds the declined values of another object's annotation.
void history_read_declined(struct history *history, struct value annotations, struct tape *tape,
                           struct arena *arena);

// Puts a template first among the remembered ones, and removes one with the same hash. The one with
// the hash `present`, which runs now, is forgotten.
void history_remember(struct history *history, struct slice hash, struct slice values,
                      struct slice present);

// The remembered template with this hash; NULL when there is none.
const struct remembered *history_find(const struct history *history, struct slice hash);

// Notes that the readiness probe `probe` (JSON) at `path` never passed, once more if it was noted
// before. `tape` is scratch here and below.
void history_never_passed(struct history *history, struct slice path, struct slice probe,
                          struct tape *tape);

// Whether `probe` must not be written at `path`, because it never passed there.
bool history_forbids(const struct history *history, struct slice path, struct slice probe,
                     struct tape *tape);

// Notes that a template goes out without the probe at `path`.
void history_goes_without(struct history *history, struct slice path, struct tape *tape);

// A rollout has finished. If it went out without a probe that had been suspected once, the
// suspicion ends, because a wrong image looks the same. A second one stays.
void history_finished(struct history *history, struct tape *tape);

// Plans the annotation: written where it changes, taken out where nothing is left to tell.
void history_plan(const struct history *history, struct plan *plan, struct place *annotations);

#endif
