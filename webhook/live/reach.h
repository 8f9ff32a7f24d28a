// Whether the API server asks evenkeel about an object at all, and what keeps it away.
#ifndef EVENKEEL_LIVE_REACH_H
#define EVENKEEL_LIVE_REACH_H

#include "cluster/workload.h"
#include "live/findings.h"
#include "live/installation.h"

// Looks in the order in which it is decided: the namespace's label, the webhook's own selectors,
// opt-outs, the owner. What keeps evenkeel away is FOUND_BROKEN.
void reach_look(struct findings *findings, const struct kubectl *kubectl,
                const struct installation *installation, const struct workload *workload);

// The Services of its namespace that select its pods.
void reach_services(struct findings *findings, const struct kubectl *kubectl,
                    const struct workload *workload);

#endif
