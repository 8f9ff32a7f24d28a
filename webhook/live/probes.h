// The checks of `evenkeel status` that ask evenkeel itself.
#ifndef EVENKEEL_LIVE_PROBES_H
#define EVENKEEL_LIVE_PROBES_H

#include "live/findings.h"
#include "live/installation.h"
#include "policy/policy.h"

// Reports each replica's certificate and policy. It reads them from the replica's metrics, through
// the API server's proxy. `policy` is the one in the ConfigMap; NULL: unknown.
void probe_replicas(struct findings *findings, const struct kubectl *kubectl,
                    const struct installation *installation, const struct policy *policy);

// Reports whether the API server calls evenkeel and trusts it. It creates a Deployment in
// `namespace`, as a dry run.
void probe_call(struct findings *findings, const struct kubectl *kubectl,
                const struct installation *installation, const char *namespace);

// Reports what is held, and whether its pods are ready.
void probe_releases(struct findings *findings, const struct kubectl *kubectl);

#endif
