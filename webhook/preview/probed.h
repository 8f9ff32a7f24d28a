// Warnings about readiness probes, in the object's final state.
#ifndef EVENKEEL_PREVIEW_PROBED_H
#define EVENKEEL_PREVIEW_PROBED_H

#include "preview/look.h"

// Warns of a container's probe on a port that no Service of `candidates` uses. Returns the port to
// ask instead of one of evenkeel's, or 0.
int32_t probed_check(const struct look *look, const struct container *container,
                     const struct candidates *candidates);

// Whether the status of a cluster's object says that some of its pods are not ready.
bool probed_lacks_ready(struct value object);

// Warns of pods of a cluster's dump that are not ready and carry a probe of evenkeel's.
void probed_check_readiness(const struct look *look);

// Whether a container has a readiness probe.
bool probed_is(struct tape *after);

#endif
