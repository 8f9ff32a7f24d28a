// Batched releases: a new version reaches some pods and is held there, with the object's own
// fields, until somebody approves it. docs/BATCHED-RELEASE.md says what it does; this is where that
// is decided.
//
// While something is held, the rules see the object as if nothing were: the values that the hold
// took the place of stand in for it (release_read), and the hold is laid over what the rules
// planned (release_write).
#ifndef EVENKEEL_CORE_RELEASE_H
#define EVENKEEL_CORE_RELEASE_H

#include "core/facts.h"
#include "core/reason.h"
#include "core/release_event.h"
#include "core/review.h"
#include "core/steps.h"
#include "core/template_hash.h"

struct run;

enum {
    HELD_FIELDS_MAX = 4,
    STABLE_MAX = 3,                 // templates that a rollback is recognised by
    HELD_USER_MIN_READY_MAX = 3600, // above it a user's own minReadySeconds is a hold of its own
};

// Out of reach, so that no held pod ever counts as available; the API wants the deadline above it.
#define HELD_MIN_READY "2147483646"
#define HELD_DEADLINE "2147483647"

// What a policy or an annotation asks for: of a rule's wish().
struct release_wish {
    bool wanted;
    bool observed;           // only what would be held is reported
    struct steps steps;      // none: releases are not held
    struct slices approvers; // "user:<glob>" or "group:<glob>"; none: anybody may approve
};

// A field that a hold uses.
struct held_field {
    struct place *place;
    struct value actual;     // what stands in the request
    const char *name;        // under which it is saved
    const char *api_default; // JSON
};

// What our own annotation on the object says of a release; all absent where it says nothing.
struct release_state {
    struct steps steps;
    uint32_t step;                   // held
    uint32_t from;                   // the step that was approved to it; 0: none was
    struct value saved;              // an object from held_field's name to value
    int64_t over;                    // generation over which `saved` last changed; 0: never
    struct slice template;           // own hash of the held template
    struct slice revision;           // of the version that the release started from
    struct slice stable[STABLE_MAX]; // "own/exact" hashes, the latest first
    uint32_t stable_count;
    struct slice back; // own hash of the version that was gone back to; absent once it is another
};

struct release {
    bool concerned;   // something is held, or was when the object was written out
    bool was_held;    // in the old object
    bool passed_over; // no rule runs: only what is held makes the object matter
    struct held_field fields[HELD_FIELDS_MAX];
    uint32_t field_count;
    struct release_state state;
    struct release_state known; // as it was read, before anything was decided
    int64_t old_generation;     // of the old object; 0: it says none
    struct release_wish wish;   // also where nothing came of it
    int64_t replicas;
    // Decided:
    uint32_t hold;  // the step to hold; 0: none
    uint32_t from;  // the step that it was approved from; 0: it is the first
    bool remembers; // nothing is held, and the stable templates must not get lost
    enum release_event event;
    struct finding finding;        // for the report
    bool approved;                 // to the end, in this request
    bool reported;                 // there is one
    struct slice approver;         // who approved
    struct template_hashes hashes; // of the object's template
    struct template_hashes old;    // of the old object's
};

// Whether the request must be looked at although nothing that rules decide changed, or the object
// is opted out: something is held.
bool release_concerns(const struct review *review, const struct kind *kind);

// Whether our marks need a look though the spec is unchanged: the request drops or changes what is
// known of releases, without which a rollback would not be recognised; or a label tells of a hold
// that somebody ended by hand.
bool release_needs_marks(const struct review *review, const struct kind *kind);

// Reads what is held, and lets saved values stand in for the hold's. Before bookkeeping and rules.
// `tapes` are two for scratch.
void release_read(struct run *run, const struct review *review, struct tape *tapes);

// Decides what becomes of the release; may lock the template. After update_read(), before rules.
void release_decide(struct run *run, const struct review *review, const struct release_wish *wish,
                    struct tape *old_record);

// Looks again at a release that was to start: the rules may have made of the template one that is
// known, as where the request dropped what they had written and our bookkeeping was lost. After
// rules.
void release_confirm(struct run *run);

// Why nothing can be held in this object; REASON_NONE when it can. After release_read().
enum reason release_unfit(const struct run *run);

// Lays the hold over what the rules planned, or takes it off; writes our annotations and labels,
// and warns. After rules.
void release_write(struct run *run, const struct review *review);

#endif
