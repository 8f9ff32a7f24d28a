// All times of a rollout. They are decided together before any rule runs. So what is written
// satisfies the API's validation (1 <= sleep <= grace, minReadySeconds < progressDeadlineSeconds)
// and leaves time to drain. All times are in seconds.
#ifndef EVENKEEL_RUN_BUDGET_H
#define EVENKEEL_RUN_BUDGET_H

#include "run/run.h"

// Decides the times. `run` has facts, intents and what the policy says about ambiguous values.
void budget_decide(struct budget *budget, struct run *run, const struct wishes *wishes);

// The seconds that a probe may take to pass: `failures` in a row, and then `successes` in a row.
int64_t budget_probe_times(int64_t delay, int64_t period, int64_t failures, int64_t successes);

// The initial delay, at most `delay`, with which a probe that takes `lasts` seconds after its delay
// passes or fails before the progress deadline. -1: it does not fit, not even with `least`.
int32_t budget_probe_delay(const struct budget *budget, int64_t delay, int64_t least,
                           int64_t lasts);

#endif
