// One live object, and the JSON Patch that takes what evenkeel wrote out of it.
#ifndef EVENKEEL_REMOVAL_TARGET_H
#define EVENKEEL_REMOVAL_TARGET_H

#include "cluster/workload.h"

// The field manager of the marks that `remove` writes. A later call knows them by this name.
#define TARGET_MANAGER "evenkeel-remove"

struct target {
    struct workload workload;
    json_t *patch;    // NULL: there is nothing to take out
    unsigned values;  // how many the patch takes out or gives back
    bool rolls_out;   // its pod template changes, and its controller replaces the pods by itself
    bool rests;       // its pod template changes, and its pods stay until somebody else acts
    bool marks;       // the patch opts the object out
    bool unmarks;     // the patch takes an opt-out of an earlier call away
    json_t *notes;    // texts for the user
    const char *name; // "deployments/web in shop"; owned
};

// Reads `object`, as kubectl gives it with its managed fields, and takes it, also on failure.
// `asked`: the API server may ask evenkeel about this object. Then the patch also opts the object
// out, because evenkeel would put the values back. Returns 0, or -1 with `error` if its bookkeeping
// cannot be read or memory is short. Call target_clear() after success.
int target_read(json_t *object, bool asked, struct target *target, struct error *error);

void target_clear(struct target *target);

// Whether an object still has evenkeel's bookkeeping or its label for a held release.
bool target_carries(const json_t *object);

#endif
