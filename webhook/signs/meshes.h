// What a pod template says about the sidecars that a mesh will add, and the annotation that keeps
// such a sidecar open while the application sleeps.
#ifndef EVENKEEL_SIGNS_MESHES_H
#define EVENKEEL_SIGNS_MESHES_H

#include "policy/policy.h"
#include "json/value.h"

// What marks on a template mean.
enum mesh_mark {
    MESH_UNMARKED, // nothing is said
    MESH_WANTED,   // a sidecar will be there, and closes by itself at SIGTERM
    MESH_NATIVE,   // a native sidecar (an init container), which the kubelet stops last
    MESH_DECLINED, // none will be there
};

// What the template's labels and annotations say of `mesh`.
enum mesh_mark meshes_mark(enum mesh mesh, struct value labels, struct value annotations);

// The annotation of the template that keeps the sidecar open, and what stands around the seconds
// in it. NULL where a mesh has none.
struct mesh_drain {
    const char *key;
    const char *before;
    const char *behind;
};
const struct mesh_drain *meshes_drain(enum mesh mesh);

#endif
