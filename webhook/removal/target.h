// One live object, and the JSON Patch that takes out of it what evenkeel wrote.
#ifndef EVENKEEL_REMOVAL_TARGET_H
#define EVENKEEL_REMOVAL_TARGET_H

#include "cluster/workload.h"

// Names who wrote a mark, so that a later call knows the marks of an earlier one.
#define TARGET_MANAGER "evenkeel-remove"

struct target {
    struct workload workload;
    json_t *patch;    // NULL: there is nothing to take out
    unsigned values;  // that the patch takes out or gives back
    bool rolls_out;   // its pod template changes, and its controller replaces the pods by itself
    bool rests;       // its pod template changes, and the pods stay until somebody else acts
    bool marks;       // the patch opts the object out
    bool unmarks;     // the patch takes such a mark away
    json_t *notes;    // texts for whoever asked
    const char *name; // "deployments/web in shop"; owned
};

// Reads `object` (taken, also on failure), as kubectl gives it with its managed fields. `asked`:
// the API server may ask evenkeel about it, so that the patch has to opt it out too: what is taken
// out of any other object is put back. 0, or -1 with `error` where its bookkeeping cannot be read
// or memory is short. target_clear() after success.
int target_read(json_t *object, bool asked, struct target *target, struct error *error);

void target_clear(struct target *target);

// Whether an object still carries evenkeel's bookkeeping.
bool target_carries(const json_t *object);

#endif
