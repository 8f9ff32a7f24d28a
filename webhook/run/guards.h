// Reasons why a surge pod may never start. A rollout with maxUnavailable 0 would then wait for
// ever.
#ifndef EVENKEEL_RUN_GUARDS_H
#define EVENKEEL_RUN_GUARDS_H

#include "policy/reason.h"

struct run;

// The first guard that applies to the pod template, as its reason. REASON_NONE if a surge pod is
// safe. A PersistentVolumeClaim counts as ReadWriteOnce, because its modes are not visible here,
// unless it is declared shared.
enum reason guards_surge(const struct run *run);

#endif
