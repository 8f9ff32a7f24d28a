// What may keep a surge pod from ever starting, so that a rollout with maxUnavailable 0 would wait
// for ever.
#ifndef EVENKEEL_RUN_GUARDS_H
#define EVENKEEL_RUN_GUARDS_H

#include "policy/reason.h"

struct run;

// The first guard that holds for the pod template, as its reason; REASON_NONE when a surge pod is
// safe. A PersistentVolumeClaim counts as ReadWriteOnce because its modes are not visible from
// here, unless it is called shared.
enum reason guards_surge(const struct run *run);

#endif
