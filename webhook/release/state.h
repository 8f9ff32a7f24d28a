// What of a release stands in an object: our annotation, and the fields that a hold uses. Between
// release.c, which decides, and release_write.c, which writes.
#ifndef EVENKEEL_RELEASE_STATE_H
#define EVENKEEL_RELEASE_STATE_H

#include "object/facts.h"
#include "object/review.h"
#include "object/template_hash.h"
#include "policy/reason.h"
#include "release/event.h"
#include "release/steps.h"

struct run;

enum {
    HELD_FIELDS_MAX = 4,
    STABLE_MAX = 3,                 // templates that a rollback is recognised by
    RELEASE_APPROVER_MAX = 128,     // bytes of an approver's name that are kept
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
    struct slice approver;           // who approved the held step; absent: it is the first
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
    struct finding finding; // for the report
    bool approved;          // to the end, in this request
    int64_t unready; // held pods that are not ready, while "all" goes on; -1: nobody can tell yet
    bool reported;   // there is one
    struct slice approver;         // who approved
    struct template_hashes hashes; // of the object's template
    struct template_hashes old;    // of the old object's
};

// Whether the object's spec is that of a held release; for kinds that are held by their partition,
// whether its labels say so.
bool release_is_held(struct value object, const struct kind *kind);

// Reads our annotation on `object` into `state`, through `tape`. What cannot be read counts as
// absent.
void release_state_read(struct release_state *state, struct value object, struct tape *tape,
                        struct arena *arena);

// A user's name, cut where it is too long to be kept.
struct slice release_short(struct slice name);

// Writes it: what a hold saved, with `saved` the JSON for each field; without a hold, the stable
// templates only.
struct slice release_state_json(const struct release *release, const struct slice *saved,
                                struct arena *arena);

// Whether `value`, a member by the name of a held field, is one that the API would take back, and
// no hold's own.
bool release_may_be_saved(struct value value);

// Whether the API will refuse what the request has in the field. It is left there for it to say so,
// in its own words: a hold laid over it would have a mistake pass for accepted.
bool release_is_refused(const struct held_field *field);

// The fields that a hold uses in this object, in `release->fields`.
void release_fields(struct run *run);

// What field `index` holds while step `step`, approved from `from`, is held.
struct slice release_hold_json(const struct run *run, uint32_t index, uint32_t step, uint32_t from);

// Pods of the new version while step `step` of `steps`, approved from `from`, is held.
int64_t release_pods(const struct run *run, const struct steps *steps, uint32_t step,
                     uint32_t from);

// Whether a hold may have written `value` to the field of this name, for all that the value tells.
bool release_looks_held(const char *name, struct value value);

// Whether this is no pod, or no share of them, in JSON.
static inline bool release_is_zero(struct slice json)
{
    return slice_is(json, "0") || slice_is(json, "\"0%\"");
}

// Values that a user set while something was held were never put to the API together. Those that
// it would refuse must not stand in the way of the release's end: they are dropped, with a warning.
// After the evidence was read, before rules.
void release_reconcile(struct run *run);

// Decides that the template is one that a release started from: nothing is held.
void release_roll_back(struct run *run);

// Whether the template of these hashes is one that a release started from.
bool release_is_stable(const struct release *release, struct value labels,
                       const struct template_hashes *hashes);

// Whether it is so to the letter, with what evenkeel wrote.
bool release_is_stable_exactly(const struct release *release, const struct template_hashes *hashes);

#endif
