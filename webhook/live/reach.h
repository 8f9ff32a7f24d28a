// Finds out whether the API server asks evenkeel about an object at all, and what keeps it away.
#ifndef EVENKEEL_LIVE_REACH_H
#define EVENKEEL_LIVE_REACH_H

#include "cluster/workload.h"
#include "live/findings.h"
#include "live/installation.h"

// Checks these in the order in which the API server and evenkeel decide: the namespace's label, the
// webhook's rules and selectors, opt-outs, the owner. It reports what keeps evenkeel away as
// FOUND_BROKEN.
void reach_look(struct findings *findings, const struct kubectl *kubectl,
                const struct installation *installation, const struct workload *workload);

// Reports the Services of the workload's namespace that select its pods.
void reach_services(struct findings *findings, const struct kubectl *kubectl,
                    const struct workload *workload);

#endif
