// Decides which sidecar to expect. The meshDrain rule decides how its annotation is filled.
#include "run/sidecar.h"

static enum mesh_mark sidecar_mark(const struct run *run, enum mesh mesh)
{
    return meshes_mark(mesh, run->facts.pod_labels, run->facts.pod_annotations);
}

static bool sidecar_is_gateway(const struct run *run)
{
    return run->facts.container_count == 1 && facts_is_proxy(run->facts.containers[0].name);
}

bool sidecar_is_declined(const struct run *run, enum mesh mesh)
{
    enum mesh_mark mark = sidecar_mark(run, mesh);

    return mark == MESH_DECLINED || mark == MESH_NATIVE;
}

enum mesh sidecar_expected(const struct run *run)
{
    static const enum mesh marked[] = {MESH_ISTIO, MESH_LINKERD};
    enum mesh mesh = run->policy->mesh;

    if (sidecar_is_gateway(run))
        return MESH_NONE;
    for (size_t i = 0; i < sizeof(marked) / sizeof(marked[0]); i++)
        if (sidecar_mark(run, marked[i]) == MESH_WANTED)
            return marked[i];
    return sidecar_is_declined(run, mesh) ? MESH_NONE : mesh;
}

bool sidecar_has_dapr(const struct run *run)
{
    return sidecar_mark(run, MESH_DAPR) == MESH_WANTED;
}

struct place *sidecar_drain_place(struct run *run, enum mesh mesh)
{
    const struct mesh_drain *drain = meshes_drain(mesh);
    struct place *annotations =
        plan_path(&run->plan, run->facts.template_place, "metadata.annotations");

    return drain ? plan_map_entry(&run->plan, annotations, slice_of(drain->key)) : NULL;
}

// The user's own configuration for Istio may be about other things only.
static bool sidecar_says_when(struct slice config)
{
    return memmem(config.data, config.size, SLICE("terminationDrainDuration").data,
                  SLICE("terminationDrainDuration").size) != NULL ||
           memmem(config.data, config.size, SLICE("EXIT_ON_ZERO_ACTIVE_CONNECTIONS").data,
                  SLICE("EXIT_ON_ZERO_ACTIVE_CONNECTIONS").size) != NULL;
}

bool sidecar_closes_first(struct run *run)
{
    enum mesh mesh = sidecar_expected(run);

    if (mesh != MESH_ISTIO)
        return mesh == MESH_OTHER;
    struct place *place = sidecar_drain_place(run, mesh);
    struct slice own =
        place != NULL ? value_string(place->now, run->arena) : (struct slice){NULL, 0};
    return own.size > 0 && run_is_chosen(run, place, NULL) && !sidecar_says_when(own);
}
