// A workload in the cluster, and what its marks say about a release.
#ifndef EVENKEEL_CLUSTER_WORKLOAD_H
#define EVENKEEL_CLUSTER_WORKLOAD_H

#include "cluster/kubectl.h"
#include "object/kinds.h"
#include "release/steps.h"

enum { WORKLOAD_RESOURCE_MAX = 64 };

struct workload {
    json_t *object; // owned; the strings below are part of it
    const struct kind *kind;
    char resource[WORKLOAD_RESOURCE_MAX]; // "deployments", "clonesets.apps.kruise.io"
    const char *namespace, *name, *uid;
    int64_t replicas;
    // From evenkeel.dev/release and the marks beside it. They are empty if nothing is held.
    json_t *release; // owned; NULL: nothing is known
    bool held;
    struct steps steps;
    uint32_t step, from;
    const char *template;   // the hash that an approval names
    const char *revision;   // of the version that the release started from; "": unknown
    const char *approver;   // of the held step; "": it is the first step, or nobody knows
    const char *held_since; // when the held step was last written, in Kubernetes' form; or ""
};

// Splits "deployment/web", "sts/web" or "web" (a Deployment) into a resource in kubectl's form and
// the name. `name` points into `text`. Returns 0, or -1 with `error`.
int workload_parse(const char *text, char resource[WORKLOAD_RESOURCE_MAX], const char **name,
                   struct error *error);

// Reads one workload from the cluster. `text` is as in workload_parse(). Returns 0, or -1 with
// `error`. Call workload_clear() after success.
int workload_get(const struct kubectl *kubectl, const char *text, struct workload *workload,
                 struct error *error);

// Reads `object`, and takes it, also on failure. Returns 0, or -1 with `error` if evenkeel does not
// know its kind. Call workload_clear() after success.
int workload_read(json_t *object, struct workload *workload, struct error *error);

void workload_clear(struct workload *workload);

// Returns the step that comes next after an approval. If no later step has more pods, it is the
// number of the last step.
uint32_t workload_next(const struct workload *workload);

// Returns how many pods of the new version the held step has.
int64_t workload_held_pods(const struct workload *workload);

// Whether the controller has seen the present spec.
bool workload_is_observed(const struct workload *workload);

// Whether nothing is held and the rollout is complete: all pods have the present template and are
// available.
bool workload_is_complete(const struct workload *workload);

// Writes "deployments/web" to `text`, and returns it.
const char *workload_path(const struct workload *workload, char text[WORKLOAD_RESOURCE_MAX + 256]);

#endif
