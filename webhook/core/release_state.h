// What of a release stands in an object: our annotation, and the fields that a hold uses. Between
// release.c, which decides, and release_write.c, which writes.
#ifndef EVENKEEL_CORE_RELEASE_STATE_H
#define EVENKEEL_CORE_RELEASE_STATE_H

#include "core/release.h"

// Whether the object's spec is that of a held release; for kinds that are held by their partition,
// whether its labels say so.
bool release_is_held(struct value object, const struct kind *kind);

// Reads our annotation on `object` into `state`, through `tape`. What cannot be read counts as
// absent.
void release_state_read(struct release_state *state, struct value object, struct tape *tape,
                        struct arena *arena);

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
