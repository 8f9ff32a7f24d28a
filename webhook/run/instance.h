// Workloads of which one instance must go before the next can start: where a hook would only
// lengthen the gap, and where a probe would have two pods wait for each other.
#ifndef EVENKEEL_RUN_INSTANCE_H
#define EVENKEEL_RUN_INSTANCE_H

#include "object/facts.h"
#include "policy/reason.h"
#include "run/times.h"

// Reads the object, and what the policy would make of its surge pair. `run` has facts, intents,
// the plan and the policy.
void instance_read(struct instance *instance, struct run *run, const struct wishes *wishes);

// Why a container gets no probe of ours (of the kinds that hold a rollout back), or no hook, at
// `place`; REASON_NONE where nothing speaks against it. What an earlier request wrote there stands
// where the pods came up with it and with the same volumes, although the instance looks exclusive;
// and a change of replicas alone changes nothing.
enum reason instance_unprobed(const struct instance *instance, struct run *run,
                              struct place *place);
enum reason instance_unhooked(const struct instance *instance, struct run *run,
                              struct place *place);

// Warns once that the instance looks exclusive, and says what fits it.
void instance_tell(struct run *run);

// spec.replicas; the API's default where it says nothing.
int64_t instance_replicas(const struct run *run);

#endif
