// Takes evenkeel's values out of live objects, one after the other, at a rate.
#ifndef EVENKEEL_REMOVAL_SWEEP_H
#define EVENKEEL_REMOVAL_SWEEP_H

#include "removal/asked.h"
#include "removal/target.h"

enum { SWEEP_ROLLOUTS_MAX = 64 };

struct sweep_settings {
    const struct kubectl *kubectl;
    struct asked *asked;
    int64_t at_once; // rollouts at the same time; 0: any number, and none is waited for
    double every;    // seconds from one rollout's start to the next one's
    double timeout;  // seconds for one rollout
    double interval; // seconds between looks
    bool json;
};

// What became of all.
struct sweep_result {
    unsigned objects, values, marked, unmarked, rolled_out;
    unsigned left; // objects of which something is left
};

// Carries out the patches of `targets` in their order, and tells of each on stdout. After a rollout
// that is not complete in time nothing more is begun that would roll out.
struct sweep_result sweep(const struct sweep_settings *settings, struct target *targets,
                          size_t count);

// One line on an object: what became of it. `reason` may be NULL.
void sweep_tell(const struct target *target, bool json, const char *result, const char *text,
                const char *reason);

#endif
