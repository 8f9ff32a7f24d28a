// The versions of a workload that have pods, and those pods.
#ifndef EVENKEEL_CLUSTER_VERSIONS_H
#define EVENKEEL_CLUSTER_VERSIONS_H

#include "cluster/workload.h"

enum { VERSIONS_MAX = 64, VERSION_IMAGES_MAX = 256, VERSION_HASH_MAX = 128 };

struct version {
    char hash[VERSION_HASH_MAX];     // pod-template-hash, or a StatefulSet's revision
    char images[VERSION_IMAGES_MAX]; // of its containers, with a space between them
    int64_t revision;                // the number in kubectl rollout history; 0: unknown
    bool is_new;                     // it has the present template
    int64_t pods, ready, restarts;   // without pods that are being deleted
    const char *problem;             // why a pod of it is not ready ("ImagePullBackOff"), or NULL
    const char *created;             // when its ReplicaSet was created; "": unknown
    const json_t *template;          // its pod template; NULL: unknown
};

struct versions {
    json_t *pods, *owners;              // lists; owned; NULL: they could not be read
    struct version items[VERSIONS_MAX]; // the new one first, the others by revision, latest first
    unsigned count;
    const struct version *newest; // one of them; NULL: it has no pods and no ReplicaSet
    struct error missing;         // what could not be read, and why
};

// Reads the pods of `workload`, and its ReplicaSets or ControllerRevisions. It does not fail: if
// something cannot be read, it is left out, and `missing` has the reason. Call versions_clear() in
// the end.
void versions_get(const struct kubectl *kubectl, const struct workload *workload,
                  struct versions *versions);

void versions_clear(struct versions *versions);

// Returns the version to go back to: the one with the release's own revision. If there is none, it
// is the old version with the most pods, or NULL.
const struct version *versions_stable(const struct versions *versions,
                                      const struct workload *workload);

// Returns since when the step is held, in Kubernetes' form of a time; "" if it is not known.
const char *versions_since(const struct versions *versions, const struct workload *workload);

// Goes through the pods of one version, without those that are being deleted. Returns the pod after
// `at` (NULL: the first pod), or NULL after the last.
const json_t *versions_next_pod(const struct versions *versions, const struct version *version,
                                const json_t *at);

bool version_pod_is_ready(const json_t *pod);
int64_t version_pod_restarts(const json_t *pod);

// Returns why a pod is not ready: what one of its containers waits for or ended with, or the pod's
// phase. Returns NULL if there is no such reason.
const char *version_pod_problem(const json_t *pod);

#endif
