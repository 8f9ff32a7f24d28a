// What an object's own marks and its history say before anything is decided: which annotations
// count, what is recorded as ours, who opted out of what.
#ifndef EVENKEEL_ADMIT_PAST_H
#define EVENKEEL_ADMIT_PAST_H

#include "admit/scratch.h"

// Reads them into `scratch->run`, after facts and evidence, and plans back what counts and is
// missing in the request.
//
// `kubectl rollout undo` replaces all annotations but kubectl's and the controller's own by those
// of an old ReplicaSet (kubectl's polymorphichelpers/rollback.go). Such an undo is recognised: the
// template and our bookkeeping changed, all else of the spec, the labels, the last-applied manifest
// and the revision are as before. Then the old object's evenkeel.dev annotations count, and come
// back.
//
// Where a request merely drops our bookkeeping, the old object's counts. An opt-out or a refusal
// that a request drops comes back with a warning, unless the old object's manifest declared it:
// then somebody took it out there.
void past_read(struct scratch *scratch, const struct review *review);

// Whether the request changes any of our marks on the object: annotations or labels of
// evenkeel.dev.
bool past_marks_changed(const struct review *review);

// Whether the object carries something that evenkeel recorded.
bool past_carries(struct value object);

#endif
