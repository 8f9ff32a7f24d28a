// Batched releases: a new version reaches some pods and is held there, with the object's own
// fields, until somebody approves it. docs/BATCHED-RELEASE.md says what it does; this is where that
// is decided.
//
// While something is held, the rules see the object as if nothing were: the values that the hold
// took the place of stand in for it (release_read), and the hold is laid over what the rules
// planned (release_write).
#ifndef EVENKEEL_RELEASE_RELEASE_H
#define EVENKEEL_RELEASE_RELEASE_H

#include "release/state.h"

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
