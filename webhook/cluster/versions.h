// The versions of a workload that have pods, and those pods.
#ifndef EVENKEEL_CLUSTER_VERSIONS_H
#define EVENKEEL_CLUSTER_VERSIONS_H

#include "cluster/workload.h"

enum { VERSIONS_MAX = 64, VERSION_IMAGES_MAX = 256, VERSION_HASH_MAX = 128 };

struct version {
    char hash[VERSION_HASH_MAX];     // pod-template-hash, or a StatefulSet's revision
    char images[VERSION_IMAGES_MAX]; // of its containers, separated by a space
    int64_t revision;                // as kubectl rollout counts; 0: unknown
    bool is_new;                     // of the present template
    int64_t pods, ready, restarts;   // without those that are being deleted
    const char *problem;             // why a pod of it is not ready, "ImagePullBackOff"; NULL
    const char *created;             // when its ReplicaSet was made; "": unknown
    const json_t *template;          // its pod template; NULL: unknown
};

struct versions {
    json_t *pods, *owners;              // lists; owned; NULL: they may not be read
    struct version items[VERSIONS_MAX]; // the new one first, then by revision, the latest first
    unsigned count;
    const struct version *newest; // among them; NULL: it has no pods and no ReplicaSet
    struct error missing;         // what could not be read, and why
};

// Asks for the ReplicaSets or ControllerRevisions, and pods, of `workload`. What may not be read is
// missing, which `missing` says; it does not fail. versions_clear() in the end.
void versions_get(const struct kubectl *kubectl, const struct workload *workload,
                  struct versions *versions);

void versions_clear(struct versions *versions);

// The version to go back to: that of the release's own revision, else the one beside the new one
// with the most pods. NULL where there is none.
const struct version *versions_stable(const struct versions *versions,
                                      const struct workload *workload);

// Since when the step is held, as Kubernetes has times; "" where nobody knows.
const char *versions_since(const struct versions *versions, const struct workload *workload);

// The pods of one version that are not being deleted, one after the other: the next after `at`
// (NULL: the first), NULL behind the last.
const json_t *versions_next_pod(const struct versions *versions, const struct version *version,
                                const json_t *at);

bool version_pod_is_ready(const json_t *pod);
int64_t version_pod_restarts(const json_t *pod);

// Why a pod is not ready: what one of its containers waits for, or its phase. NULL where nothing is
// to be said.
const char *version_pod_problem(const json_t *pod);

#endif
