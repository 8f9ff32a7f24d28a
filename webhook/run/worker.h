// Pods that take work by themselves, from a queue or a clock, and get no requests.
#ifndef EVENKEEL_RUN_WORKER_H
#define EVENKEEL_RUN_WORKER_H

#include "run/run.h"

// Whether a container's name or command, or the object's name, says that the pod is a worker, and
// nothing shows that it gets requests: a port with a serving name, another port that is not
// auxiliary in a container that is no worker, or a user's readiness probe that asks a port. `words`
// are the policy's for names of ports, or NULL.
bool worker_runs(struct run *run, const struct port_words *words);

#endif
