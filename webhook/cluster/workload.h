// A workload as the cluster has it, and what it says of a release.
#ifndef EVENKEEL_CLUSTER_WORKLOAD_H
#define EVENKEEL_CLUSTER_WORKLOAD_H

#include "cluster/kubectl.h"
#include "object/kinds.h"
#include "release/steps.h"

enum { WORKLOAD_RESOURCE_MAX = 64 };

struct workload {
    json_t *object; // owned; the strings below are its own
    const struct kind *kind;
    char resource[WORKLOAD_RESOURCE_MAX]; // "deployments", "clonesets.apps.kruise.io"
    const char *namespace, *name, *uid;
    int64_t replicas;
    // Of evenkeel.dev/release and the marks beside it; absent where nothing is held.
    json_t *release; // owned; NULL: nothing is known
    bool held;
    struct steps steps;
    uint32_t step, from;
    const char *template;   // the hash that an approval names
    const char *revision;   // of the version that the release started from; "" unknown
    const char *approver;   // of the held step; "": it is the first, or nobody knows
    const char *held_since; // when the held step was last written, as Kubernetes has times; ""
};

// Reads "deployment/web", "sts/web" or "web" (a Deployment) into a resource as kubectl takes it,
// and the name. 0, or -1 with `error`.
int workload_parse(const char *text, char resource[WORKLOAD_RESOURCE_MAX], const char **name,
                   struct error *error);

// Asks for one workload. 0, or -1 with `error`. workload_clear() after success.
int workload_get(const struct kubectl *kubectl, const char *text, struct workload *workload,
                 struct error *error);

// Reads `object`, which it takes, also where it fails: -1 with `error`, for it is of no kind that
// evenkeel knows.
int workload_read(json_t *object, struct workload *workload, struct error *error);

void workload_clear(struct workload *workload);

// The step that an approval goes on to next; the number of the last one where none has more pods.
uint32_t workload_next(const struct workload *workload);

// Pods of the new version that the held step comes to.
int64_t workload_held_pods(const struct workload *workload);

// Whether the controller has seen the present spec.
bool workload_is_observed(const struct workload *workload);

// Whether nothing is held and the rollout is complete: all pods are of the present template, and
// available.
bool workload_is_complete(const struct workload *workload);

// "deployments/web"
const char *workload_path(const struct workload *workload, char text[WORKLOAD_RESOURCE_MAX + 256]);

#endif
