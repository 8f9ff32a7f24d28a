// Workloads whose old instance must stop before a new one can start. There, a hook would only make
// the gap longer, or a probe would let two pods wait for each other.
#ifndef EVENKEEL_RUN_INSTANCE_H
#define EVENKEEL_RUN_INSTANCE_H

#include "object/facts.h"
#include "policy/reason.h"
#include "run/times.h"

// Reads the object, and how the policy would change its surge pair. `run` has facts, intents, the
// plan and the policy.
void instance_read(struct instance *instance, struct run *run, const struct wishes *wishes);

// Why a container gets no probe from evenkeel (of the kinds that stop a rollout), or no hook, at
// `place`. REASON_NONE if there is no reason. A value that an earlier request wrote there stays if
// the pods started with it and with the same volumes, even if the instance looks exclusive. A
// change of replicas alone changes nothing.
enum reason instance_unprobed(const struct instance *instance, struct run *run,
                              struct place *place);
enum reason instance_unhooked(const struct instance *instance, struct run *run,
                              struct place *place);

// Warns once that the instance looks exclusive, and says what fits it.
void instance_tell(struct run *run);

// spec.replicas, or the API's default if it is absent.
int64_t instance_replicas(const struct run *run);

#endif
