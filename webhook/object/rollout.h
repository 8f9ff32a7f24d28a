// How far a Deployment's rollout has come, as its controller wrote it into the status.
#ifndef EVENKEEL_OBJECT_ROLLOUT_H
#define EVENKEEL_OBJECT_ROLLOUT_H

#include "json/value.h"

struct rollout {
    bool unfinished; // not all pods are of the newest template and available
    bool complete;   // the controller says so (NewReplicaSetAvailable), and a pod is ready
    bool suspicious; // new pods are there and not one of them is ready, though pods can be made
    bool exceeded;   // its progress deadline has passed
};

// Reads `object`'s status. A Deployment is unfinished if its Progressing condition has another
// reason than NewReplicaSetAvailable. Without this condition, it is unfinished if there are more
// pods than updated ones. While it is paused, or was just resumed, it is also unfinished if no pod
// is ready. Scaling alone does not change the condition, and no pods at all prove nothing. For
// other kinds nothing is known: all false.
struct rollout rollout_read(struct value object);

// metadata.generation; 0 if it is not there.
int64_t rollout_generation(struct value object);

#endif
