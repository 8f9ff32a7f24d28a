// meshDrain: keeps a classic mesh sidecar open as long as the application's own hook. Without it
// the proxy closes about five seconds after SIGTERM, whatever the application's preStop does.
#include "policy/rule.h"
#include "rules/fill.h"

enum {
    DRAIN_SECONDS_MAX = 3600,
    DRAIN_MARGIN = 5, // behind the hook, for the requests that came in at its end
};

enum { MESH_ISTIO, MESH_LINKERD };
static const char *const mesh_names[] = {"istio", "linkerd", NULL};

enum { MESH, SECONDS };

struct mesh_settings {
    struct settings common;
    int mesh;
    int32_t seconds;
};

static const struct field fields[] = {
    [MESH] = {.key = "mesh",
              .doc = "Whose sidecars the pods carry.",
              .type = FIELD_ENUM,
              .offset = offsetof(struct mesh_settings, mesh),
              .fallback = "istio",
              .values = mesh_names},
    [SECONDS] = {.key = "seconds",
                 .doc = "How long the sidecar stays open; 0: 5 more than the longest preStop hook.",
                 .type = FIELD_INTEGER,
                 .offset = offsetof(struct mesh_settings, seconds),
                 .minimum = 0,
                 .maximum = DRAIN_SECONDS_MAX,
                 .fallback = "0",
                 .annotation = "mesh-drain-seconds"},
    FIELDS_COMMON,
};

// Injection by namespace is not visible in the object: only a pod template that declines it counts.
// Istio looks at the label first, then at the annotation of the same name.
static bool is_declined(const struct facts *facts, int mesh)
{
    struct value annotations = value_get(value_get(facts->template, "metadata"), "annotations");
    struct value label = value_get(facts_pod_labels(facts), "sidecar.istio.io/inject");

    if (mesh == MESH_LINKERD)
        return value_is(value_get(annotations, "linkerd.io/inject"), "disabled");
    if (!value_exists(label))
        label = value_get(annotations, "sidecar.istio.io/inject");
    return value_is(label, "false");
}

// The proxy must be gone before the grace period ends. 0: no time is left, or none is needed.
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

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct mesh_settings *own = (const struct mesh_settings *)settings;
    bool istio = own->mesh == MESH_ISTIO;
    struct place *annotations =
        plan_path(&run->plan, run->facts.template_place, "metadata.annotations");
    struct place *place =
        plan_map_entry(&run->plan, annotations,
                       istio ? SLICE("proxy.istio.io/config")
                             : SLICE("config.alpha.linkerd.io/proxy-wait-before-exit-seconds"));
    int32_t seconds = drain_seconds(&run->budget, own);
    struct text value;

    (void)container;
    if (is_declined(&run->facts, own->mesh))
        return fill_withhold(run, place, NULL, REASON_NO_MESH);
    if (seconds == 0)
        return fill_withhold(run, place, NULL,
                             run->budget.grace < 2 ? REASON_GRACE_TOO_SHORT : REASON_NOT_NEEDED);
    text_init(&value, run->arena, 64);
    text_printf(&value, istio ? "terminationDrainDuration: %ds" : "%d", (int)seconds);
    return fill_string(run, place, NULL, text_slice(&value));
}

const struct rule mesh_drain_rule = {
    .name = "meshDrain",
    .summary = "Keeps a mesh's sidecar open until the application's preStop hook is over.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct mesh_settings),
    .settings = fields,
    .scalar = "mesh",
    .apply = apply,
};
