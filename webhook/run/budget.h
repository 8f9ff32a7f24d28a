// All times of a rollout. They are decided together before any rule runs. So what is written
// satisfies the API's validation (1 <= sleep <= grace, minReadySeconds < progressDeadlineSeconds)
// and leaves time to drain. All times are in seconds.
#ifndef EVENKEEL_RUN_BUDGET_H
#define EVENKEEL_RUN_BUDGET_H

#include "run/run.h"

// Decides the times. `run` has facts, intents and what the policy says about ambiguous values.
void budget_decide(struct budget *budget, struct run *run, const struct wishes *wishes);

#endif
