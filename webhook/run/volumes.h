// What a pod's volumes say about instances that run at the same time: which volumes a node must
// release first, and which an instance may lock.
#ifndef EVENKEEL_RUN_VOLUMES_H
#define EVENKEEL_RUN_VOLUMES_H

#include "run/run.h"

// Which pods may have to wait for the pod that has the volume.
enum volume_hold {
    VOLUME_HOLDS_NONE,
    VOLUME_HOLDS_ALL,  // a claim, a disk or a network's file system: every other pod
    VOLUME_HOLDS_NODE, // a folder of the node: pods on the same node
};

// Whether the pod has a volume that attaches to one node only, or may: the access modes of a
// PersistentVolumeClaim are not visible here. Volumes that are declared shared do not count.
bool volumes_attach(const struct run *run);

// Whether the pod has a hostPath of any type.
bool volumes_on_node(const struct run *run);

// The name of the first volume of this kind that a container may write to, and so may lock. The
// absent slice if there is none. These do not count: read-only volumes, sockets and devices, the
// node's own folders (signs/host_paths.h), and volumes that cluster.sharedClaims or
// evenkeel.dev/shared-volumes declares shared.
struct slice volumes_locked(const struct run *run, enum volume_hold hold);

#endif
