// Batched releases: a new version reaches some pods and is held there with the object's own fields,
// until somebody approves it. docs/BATCHED-RELEASE.md says what it does. This header is where it is
// decided.
//
// While something is held, the rules see the object without the hold: release_read() puts the saved
// values in place of the hold's values, and release_write() applies the hold to what the rules
// planned.
#ifndef EVENKEEL_RELEASE_RELEASE_H
#define EVENKEEL_RELEASE_RELEASE_H

#include "release/state.h"

// Whether the request must be looked at although nothing that rules decide changed, or although the
// object is opted out: something is held.
bool release_concerns(const struct review *review, const struct kind *kind);

// Whether evenkeel's marks must be looked at although the spec is unchanged: the request drops or
// changes what is known about releases, and a rollback could not be recognised without it; or a
// label names a hold that somebody ended by hand.
bool release_needs_marks(const struct review *review, const struct kind *kind);

// Reads what is held, and puts the saved values in place of the hold's. Call it before bookkeeping
// and rules. `tapes` are two tapes for scratch.
void release_read(struct run *run, const struct review *review, struct tape *tapes);

// Decides about the release. It may lock the template. Call it after update_read(), before rules.
void release_decide(struct run *run, const struct review *review, const struct release_wish *wish,
                    struct tape *old_record);

// Decides again about a release that is about to start. The rules may have produced a template that
// is known: for example, the request dropped what they had written, and the bookkeeping was lost.
// Call it after rules.
void release_confirm(struct run *run);

// Why nothing can be held in this object. REASON_NONE if something can. Call it after
// release_read().
enum reason release_unfit(const struct run *run);

// Applies the hold to what the rules planned, or ends it. Writes evenkeel's annotations and labels,
// and warns. Call it after rules.
void release_write(struct run *run, const struct review *review);

#endif
