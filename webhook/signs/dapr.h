// Whether a pod asks for Dapr's sidecar: the application's only client is then a neighbour on the
// loopback address. Source: docs.dapr.io, arguments and annotations.
#ifndef EVENKEEL_SIGNS_DAPR_H
#define EVENKEEL_SIGNS_DAPR_H

#include "object/facts.h"

bool dapr_is_enabled(const struct facts *facts, struct arena *arena);

#endif
