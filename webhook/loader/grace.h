// The stop times that a whole policy promises, for rules that see only a Service.
#ifndef EVENKEEL_LOADER_GRACE_H
#define EVENKEEL_LOADER_GRACE_H

#include "policy/policy.h"

// Computes policy->grace_seconds and hook_seconds from its workloads entries. 0, or -1 if memory is
// short.
int grace_work_out(struct policy *policy, const struct rules *rules);

#endif
