// The tables of meshes: their marks, as their injectors read them, and what keeps a sidecar open.
#include "signs/meshes.h"

#include "object/annotations.h"

// The first row that fits counts. `label`: among the labels, else among the annotations. Istio's
// injector reads the label first, then the annotation with the same name.
static const struct mark {
    enum mesh mesh;
    bool label;
    const char *key;
    const char *value; // NULL: any
    enum mesh_mark mark;
} meshes_marks[] = {
    {MESH_ISTIO, true, "sidecar.istio.io/inject", "false", MESH_DECLINED},
    {MESH_ISTIO, true, "istio.io/dataplane-mode", "ambient", MESH_DECLINED},
    {MESH_ISTIO, false, "sidecar.istio.io/nativeSidecar", "true", MESH_NATIVE},
    {MESH_ISTIO, true, "sidecar.istio.io/inject", "true", MESH_WANTED},
    {MESH_ISTIO, false, "sidecar.istio.io/inject", "false", MESH_DECLINED},
    {MESH_ISTIO, false, "sidecar.istio.io/inject", "true", MESH_WANTED},
    {MESH_ISTIO, true, "istio.io/rev", NULL, MESH_WANTED},
    {MESH_LINKERD, false, "linkerd.io/inject", "disabled", MESH_DECLINED},
    {MESH_LINKERD, false, "config.alpha.linkerd.io/proxy-enable-native-sidecar", "true",
     MESH_NATIVE},
    {MESH_LINKERD, false, "config.beta.linkerd.io/proxy-enable-native-sidecar", "true",
     MESH_NATIVE},
    {MESH_LINKERD, false, "linkerd.io/inject", "enabled", MESH_WANTED},
    {MESH_LINKERD, false, "linkerd.io/inject", "ingress", MESH_WANTED},
    {MESH_DAPR, false, "dapr.io/enabled", "true", MESH_WANTED},
    {MESH_DAPR, false, "dapr.io/enabled", "false", MESH_DECLINED},
};

// Istio: the pilot agent's drain time. Linkerd: a wait before the proxy stops. Dapr 1.12 or newer:
// how long daprd goes on before its own graceful shutdown.
static const struct mesh_drain meshes_drains[MESHES_COUNT] = {
    [MESH_ISTIO] = {ANNOTATION_ISTIO_DRAIN, "terminationDrainDuration: ", "s"},
    [MESH_LINKERD] = {ANNOTATION_LINKERD_DRAIN, "", ""},
    [MESH_DAPR] = {ANNOTATION_DAPR_DRAIN, "", "s"},
};

enum mesh_mark meshes_mark(enum mesh mesh, struct value labels, struct value annotations)
{
    for (size_t i = 0; i < sizeof(meshes_marks) / sizeof(meshes_marks[0]); i++) {
        const struct mark *row = &meshes_marks[i];
        struct value found, map = row->label ? labels : annotations;
        if (row->mesh != mesh || map.node == 0)
            continue;
        found = value_get(map, row->key);
        if (value_exists(found) && (row->value == NULL || value_is(found, row->value)))
            return row->mark;
    }
    return MESH_UNMARKED;
}

const struct mesh_drain *meshes_drain(enum mesh mesh)
{
    return meshes_drains[mesh].key ? &meshes_drains[mesh] : NULL;
}
