// When a pod can be ready, by its probes.
#ifndef EVENKEEL_REPORT_READY_H
#define EVENKEEL_REPORT_READY_H

#include "base/text.h"

// Seconds from the start of a pod's containers until the last of its readiness probes can have
// passed at the earliest; `json` is an object with a pod template. -1: there is no readiness probe,
// or memory is short. As the kubelet has it, a readiness probe waits for the startup probe, and its
// initialDelaySeconds count from the container's start
// (https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/).
int64_t ready_after(struct slice json);

#endif
