// meshDrain: keeps a classic sidecar of a mesh open as long as the application's own hook. Without
// it, the proxy closes about five seconds after SIGTERM, whatever the application's preStop does.
#include "policy/rule.h"
#include "rules/fill.h"
#include "run/sidecar.h"

enum {
    DRAIN_SECONDS_MAX = 3600,
    DRAIN_MARGIN = 5, // behind the hook, for the requests that came in at its end
};

// The words of the setting, in the order of the meshes with the same names.
static const char *const drained_names[] = {"istio", "linkerd", NULL};
static const enum mesh drained[] = {MESH_ISTIO, MESH_LINKERD};

enum { MESH, SECONDS };

struct mesh_settings {
    struct settings common;
    int mesh;
    int32_t seconds;
};

static const struct field fields[] = {
    [MESH] = {.key = "mesh",
              .doc = "The mesh whose sidecars the pods have. Left out: what the template says, "
                     "else cluster.mesh, else istio.",
              .type = FIELD_ENUM,
              .offset = offsetof(struct mesh_settings, mesh),
              .fallback = "istio",
              .values = drained_names},
    [SECONDS] =
        {.key = "seconds",
         .doc = "Seconds that the sidecar stays open. 0: 5 more than the longest preStop hook.",
         .type = FIELD_INTEGER,
         .offset = offsetof(struct mesh_settings, seconds),
         .minimum = 0,
         .maximum = DRAIN_SECONDS_MAX,
         .fallback = "0",
         .annotation = "mesh-drain-seconds"},
    FIELDS_COMMON,
};

// The mesh that the policy names for this rule, else the expected one.
static enum mesh mesh_of(const struct run *run, const struct mesh_settings *own)
{
    bool named = own->common.entry_line > 0;

    if (own->common.present >> MESH & 1)
        return drained[own->mesh];
    enum mesh mesh = sidecar_expected(run);

    return mesh == MESH_NONE && named && !run->policy->mesh_given && !sidecar_has_dapr(run)
               ? MESH_ISTIO
               : mesh;
}

// The proxy must stop before the grace period ends. 0: there is no time left, or no need.
static int32_t drain_seconds(const struct budget *budget, const struct mesh_settings *own)
{
    int32_t seconds = own->seconds;

    if (seconds == 0 && budget->longest_hook > 0)
        seconds = budget->longest_hook < DRAIN_SECONDS_MAX ? budget->longest_hook + DRAIN_MARGIN
                                                           : DRAIN_SECONDS_MAX;
    if (seconds >= budget->grace)
        seconds = budget->grace - 1;
    return seconds > 0 ? seconds : 0;
}

static struct finding drain(struct run *run, const struct mesh_settings *own, enum mesh mesh)
{
    const struct mesh_drain *form = meshes_drain(mesh);
    struct place *place = sidecar_drain_place(run, mesh);
    int32_t seconds = drain_seconds(&run->budget, own);
    struct text value;

    if (form == NULL)
        return skipped(REASON_NO_MESH);
    if (sidecar_is_declined(run, mesh))
        return fill_withhold(run, place, NULL, REASON_NO_MESH);
    if (seconds == 0)
        return fill_withhold(run, place, NULL,
                             run->budget.grace < 2 ? REASON_GRACE_TOO_SHORT : REASON_NOT_NEEDED);
    text_init(&value, run->arena, 64);
    text_add(&value, slice_of(form->before));
    text_integer(&value, seconds);
    text_add(&value, slice_of(form->behind));
    return fill_string(run, place, NULL, text_slice(&value));
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct mesh_settings *own = (const struct mesh_settings *)settings;
    enum mesh mesh = mesh_of(run, own);
    bool dapr = sidecar_has_dapr(run);

    (void)container;
    if (dapr && mesh == MESH_NONE)
        return drain(run, own, MESH_DAPR);
    if (!dapr)
        return drain(run, own, mesh);
    return fill_combine(drain(run, own, mesh), drain(run, own, MESH_DAPR));
}

static bool implied(const struct run *run)
{
    enum mesh mesh = sidecar_expected(run);

    return mesh == MESH_ISTIO || mesh == MESH_LINKERD || sidecar_has_dapr(run);
}

const struct rule mesh_drain_rule = {
    .name = "meshDrain",
    .summary = "Keeps a mesh's sidecar open until the application's preStop hook has ended.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct mesh_settings),
    .settings = fields,
    .scalar = "mesh",
    .follows = "preStop",
    .implied = implied,
    .apply = apply,
};
