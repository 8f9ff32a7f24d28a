// Takes evenkeel's values out of live objects, one object after the other, at a limited rate.
#ifndef EVENKEEL_REMOVAL_SWEEP_H
#define EVENKEEL_REMOVAL_SWEEP_H

#include "removal/asked.h"
#include "removal/target.h"

enum { SWEEP_ROLLOUTS_MAX = 64 };

struct sweep_settings {
    const struct kubectl *kubectl;
    struct asked *asked;
    int64_t at_once; // rollouts at the same time; 0: any number, and it waits for none
    double every;    // seconds between the starts of two rollouts, at least
    double timeout;  // seconds for one rollout
    double interval; // seconds between two looks
    bool json;
};

// The result for all objects.
struct sweep_result {
    unsigned objects, values, marked, unmarked, rolled_out;
    unsigned left; // objects that were not done, or whose rollout is not complete in time
};

// Sends the patches of `targets` in their order, and prints the result for each on stdout. If a
// rollout is not complete in time, no other rollout is begun.
struct sweep_result sweep(const struct sweep_settings *settings, struct target *targets,
                          size_t count);

// Prints one line on an object: what happened to it. `reason` may be NULL. The target's notes
// follow, and are then emptied.
void sweep_tell(const struct target *target, bool json, const char *result, const char *text,
                const char *reason);

#endif
