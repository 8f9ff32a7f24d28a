// The parts of a release that are stored in the object: evenkeel's annotation, and the fields that
// a hold changes. release.c decides, and write.c writes.
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

// So high that no held pod ever counts as available. The API wants the deadline above it.
#define HELD_MIN_READY "2147483646"
#define HELD_DEADLINE "2147483647"

// What a policy or an annotation asks for, from a rule's wish().
struct release_wish {
    bool wanted;
    bool observed;           // only what would be held is reported
    struct steps steps;      // none: releases are not held
    struct slices approvers; // "user:<glob>" or "group:<glob>"; none: anybody may approve
};

// A field that a hold changes.
struct held_field {
    struct place *place;
    struct value actual;     // what stands in the request
    const char *name;        // under which it is saved
    const char *api_default; // JSON
};

// What evenkeel's annotation on the object says about a release. Everything is absent if it says
// nothing.
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

// Whether the object's spec is that of a held release. For kinds that are held by their partition,
// whether its labels say so.
bool release_is_held(struct value object, const struct kind *kind);

// Reads evenkeel's annotation on `object` into `state`, with `tape`. What cannot be read counts as
// absent.
void release_state_read(struct release_state *state, struct value object, struct tape *tape,
                        struct arena *arena);

// A user's name, cut if it is too long to be kept.
struct slice release_short(struct slice name);

// Writes the annotation: with a hold, the values that it saved (`saved` has the JSON for each
// field); without a hold, only the stable templates.
struct slice release_state_json(const struct release *release, const struct slice *saved,
                                struct arena *arena);

// Whether `value`, a member with the name of a held field, is one that the API would accept and
// that no hold wrote.
bool release_may_be_saved(struct value value);

// Whether the API will refuse what the request has in the field. Such a value stays, so that the
// API can refuse it in its own words. If a hold replaced it, the mistake would look accepted.
bool release_is_refused(const struct held_field *field);

// The fields that a hold changes in this object, in `release->fields`.
void release_fields(struct run *run);

// The value of field `index` while step `step`, approved from `from`, is held.
struct slice release_hold_json(const struct run *run, uint32_t index, uint32_t step, uint32_t from);

// The number of pods of the new version while step `step` of `steps`, approved from `from`, is
// held.
int64_t release_pods(const struct run *run, const struct steps *steps, uint32_t step,
                     uint32_t from);

// Whether a hold may have written `value` to the field of this name, judged by the value alone.
bool release_looks_held(const char *name, struct value value);

// Whether this JSON means no pod, as a number or a share.
static inline bool release_is_zero(struct slice json)
{
    return slice_is(json, "0") || slice_is(json, "\"0%\"");
}

// Values that a user set while something was held were never given to the API together. If it would
// refuse them together, they must not prevent the release's end: this drops them, with a warning.
// Call it after the evidence was read, before rules.
void release_reconcile(struct run *run);

// Decides that an earlier release started from this template, so nothing is held.
void release_roll_back(struct run *run);

// Whether an earlier release started from the template with these hashes.
bool release_is_stable(const struct release *release, struct value labels,
                       const struct template_hashes *hashes);

// Whether it started from exactly this template, with what evenkeel wrote.
bool release_is_stable_exactly(const struct release *release, const struct template_hashes *hashes);

#endif
