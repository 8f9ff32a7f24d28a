// Warnings about settings of a policy that are valid but unwise. Only this looks rules up by their
// names.
#ifndef EVENKEEL_LOADER_ADVISE_H
#define EVENKEEL_LOADER_ADVISE_H

#include "loader/load.h"

// Adds warnings about a policy without errors, read from `yaml`. 0, or -1 when memory is short.
int advise(const struct policy *policy, const struct rules *rules, struct slice yaml,
           struct problems *problems);

#endif
