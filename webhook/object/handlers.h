// The handlers of probes and lifecycle hooks, with the names of the API's Probe and
// LifecycleHandler. A probe or hook has at most one of them: the API refuses two.
#ifndef EVENKEEL_OBJECT_HANDLERS_H
#define EVENKEEL_OBJECT_HANDLERS_H

#include "json/value.h"

// All of them, and those that ask a port. Each table ends with NULL.
extern const char *const handlers_all[];
extern const char *const handlers_of_ports[];

// The port that a probe asks, a number or a name. Absent if it asks none.
struct value handlers_port(struct value probe);

#endif
