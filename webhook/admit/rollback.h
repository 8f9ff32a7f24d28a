// Templates that ran before: what evenkeel remembers of them, and how one comes back.
#ifndef EVENKEEL_ADMIT_ROLLBACK_H
#define EVENKEEL_ADMIT_ROLLBACK_H

#include "object/review.h"
#include "run/run.h"

// Reads an UPDATE of a Deployment that changes its pod template, before rules run. For other kinds
// it does nothing.
//
// It remembers the old template by a hash of the user's part and by evenkeel's values in it. It
// notes in the history which readiness probes of evenkeel's passed, and which never did: the
// rollout has new pods and none of them is ready, although its deadline has passed or somebody
// undoes it.
//
// If a rollout is unfinished, or the request is an undo, a remembered template comes back exactly:
// with the values of evenkeel's that it had, and no others, without those that are declined,
// refused or never passed. Its pods are there already, so nothing starts anew. Then
// run->rolled_back and run->template_locked are set.
void rollback_read(struct run *run, const struct review *review);

// The hash of the user's part of the old object's template, in run's arena. {NULL, 0} if memory is
// short.
struct slice rollback_old_hash(struct run *run, const struct review *review);

// Whether the user's part of the new template differs from that of the old one, by what is recorded
// in the two objects.
bool rollback_is_other_version(struct run *run, const struct review *review);

// Whether `before`, an earlier history, remembers the request's template.
bool rollback_remembers(struct run *run, const struct history *before);

#endif
