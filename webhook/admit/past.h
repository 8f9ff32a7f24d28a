// What an object's own marks and its history say before anything is decided: which annotations
// count, what is recorded as evenkeel's, and who opted out of what.
#ifndef EVENKEEL_ADMIT_PAST_H
#define EVENKEEL_ADMIT_PAST_H

#include "admit/scratch.h"

// Reads them into `scratch->run`, after facts and evidence. Marks that count and are missing in the
// request are planned again.
//
// `kubectl rollout undo` replaces all annotations, except kubectl's and the controller's own, with
// those of an old ReplicaSet (kubectl's polymorphichelpers/rollback.go). An undo is recognised like
// this: the template and the bookkeeping changed, but the rest of the spec, the labels, the
// last-applied manifest and the revision did not. Then the old object's evenkeel.dev annotations
// count, and come back. What belongs to the template comes with it: its part of the record, and the
// note of the user's own grace period.
//
// If a request only drops the bookkeeping, the old object's counts. If a request drops an opt-out
// or a refusal, it comes back with a warning, unless the old object's manifest declared it: then
// somebody removed it there.
void past_read(struct scratch *scratch, const struct review *review);

// Whether the request changes any of evenkeel's marks on the object: annotations or labels of
// evenkeel.dev.
bool past_marks_changed(const struct review *review);

// Whether the object has something that evenkeel recorded.
bool past_carries(struct value object);

#endif
