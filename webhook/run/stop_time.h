// The time that a pod has to stop: who set the grace period, and how much of it a hook may take.
#ifndef EVENKEEL_RUN_STOP_TIME_H
#define EVENKEEL_RUN_STOP_TIME_H

#include "run/run.h"

// Decides the hook and the grace period of `budget`. `instance` of the budget is already read.
void stop_time_decide(struct budget *budget, struct run *run, const struct wishes *wishes);

// Whether the grace period is new to the user: the object is created, or the old object has another
// grace period.
bool stop_time_is_news(const struct run *run);

// The grace period that the user had set before evenkeel made it longer, as recorded beside
// evenkeel's value. -1 if there is none.
int64_t stop_time_users(struct run *run);

#endif
