// The time that a pod has to stop: whose the grace period is, and what of it a hook may take.
#ifndef EVENKEEL_RUN_STOP_TIME_H
#define EVENKEEL_RUN_STOP_TIME_H

#include "run/run.h"

// Decides the hook and the grace period of `budget`, whose `instance` is read already.
void stop_time_decide(struct budget *budget, struct run *run, const struct wishes *wishes);

// Whether the grace period is news to the user: the object is created, or the object that the
// request replaces has another one.
bool stop_time_is_news(const struct run *run);

// The grace period that the user had set before evenkeel made it longer, as recorded beside the
// value of ours; -1 when there is none.
int64_t stop_time_users(struct run *run);

#endif
