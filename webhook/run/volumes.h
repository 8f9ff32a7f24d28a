// What a pod's volumes say about instances that run side by side: which a node must let go of
// first, and which an instance may hold locked.
#ifndef EVENKEEL_RUN_VOLUMES_H
#define EVENKEEL_RUN_VOLUMES_H

#include "run/run.h"

// Who may be kept waiting by the pod that has the volume.
enum volume_hold {
    VOLUME_HOLDS_NONE,
    VOLUME_HOLDS_ALL,  // a claim, a disk or a network's file system: every other pod
    VOLUME_HOLDS_NODE, // a folder of the node: pods on the same node
};

// Whether the pod has a volume that attaches to one node only, or may: a PersistentVolumeClaim's
// access modes are not visible from here. Not those that are called shared.
bool volumes_attach(const struct run *run);

// Whether the pod has a hostPath at all, of whatever kind.
bool volumes_on_node(const struct run *run);

// The name of the first volume of this kind that a container may write to, and may so hold locked;
// the absent slice when there is none. Not read-only ones, sockets and devices, the node's own
// folders (signs/host_paths.h), nor what cluster.sharedClaims or evenkeel.dev/shared-volumes calls
// shared.
struct slice volumes_locked(const struct run *run, enum volume_hold hold);

#endif
