// The sidecars that the pods will have: by the marks of the pod template, else by what the policy
// says about the cluster. The object does not show injection by namespace.
#ifndef EVENKEEL_RUN_SIDECAR_H
#define EVENKEEL_RUN_SIDECAR_H

#include "run/run.h"
#include "signs/meshes.h"

// The mesh whose sidecar closes by itself at SIGTERM. MESH_NONE if there is no such sidecar, if it
// is a native one, or if the proxy is the pod's only container: then it is a gateway, which is the
// application. Dapr has its own function.
enum mesh sidecar_expected(const struct run *run);
bool sidecar_has_dapr(const struct run *run);

// Whether the template declines the sidecar of `mesh`, or has a native one.
bool sidecar_is_declined(const struct run *run, enum mesh mesh);

// The template's annotation that keeps the sidecar of `mesh` open. NULL if the mesh has none.
struct place *sidecar_drain_place(struct run *run, enum mesh mesh);

// Whether the sidecar would close before the application's sleep ends, and evenkeel cannot keep it
// open: no annotation is known, or the user's own annotation has no drain time.
bool sidecar_closes_first(struct run *run);

#endif
