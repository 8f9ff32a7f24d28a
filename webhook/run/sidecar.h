// The sidecars that will stand beside the containers: by the pod template's own marks, else by what
// the policy says of the cluster. Injection by namespace is not visible in the object.
#ifndef EVENKEEL_RUN_SIDECAR_H
#define EVENKEEL_RUN_SIDECAR_H

#include "run/run.h"
#include "signs/meshes.h"

// The mesh whose sidecar closes by itself at SIGTERM; MESH_NONE where there is none, or a native
// one, or where the proxy is the pod's only container: a gateway, which is the application. Dapr is
// asked for by itself.
enum mesh sidecar_expected(const struct run *run);
bool sidecar_has_dapr(const struct run *run);

// Whether the template declines the sidecar of `mesh`, or has a native one.
bool sidecar_is_declined(const struct run *run, enum mesh mesh);

// The template's annotation that keeps the sidecar of `mesh` open; NULL where the mesh has none.
struct place *sidecar_drain_place(struct run *run, enum mesh mesh);

// Whether the sidecar would close before the application's sleep is over, and cannot be kept open:
// no annotation is known, or the user's own stands there without a drain time.
bool sidecar_closes_first(struct run *run);

#endif
