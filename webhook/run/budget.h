// All times of a rollout, decided together before any rule runs, so that what is written satisfies
// the API's validation (1 <= sleep <= grace, minReadySeconds < progressDeadlineSeconds) and leaves
// time to drain. All times are in seconds.
#ifndef EVENKEEL_RUN_BUDGET_H
#define EVENKEEL_RUN_BUDGET_H

#include "run/run.h"

// Decides. `run` gives facts, intents and what the policy says of ambiguous values.
void budget_decide(struct budget *budget, struct run *run, const struct wishes *wishes);

#endif
