// What --remove does to a held release. release/ has the rules of a hold.
#include "preview/unhold.h"

#include "balancer/keys.h"
#include "base/arena.h"
#include "object/annotations.h"
#include "release/state.h"

struct unholding {
    struct plan *plan;
    struct value record;
    struct release_state state;
};

static void restore(struct unholding *unholding, struct place *place, const char *name,
                    const char *api_default)
{
    struct plan *plan = unholding->plan;
    struct value saved = value_get(unholding->state.saved, name);
    struct value recorded = value_get_slice(unholding->record, plan_path_text(plan, place));

    if (!place || !value_exists(place->now))
        return;
    if (!value_exists(saved) && !release_looks_held(name, place->now))
        return;
    if (!value_exists(saved) || (value_exists(recorded) && value_equal(saved, recorded)))
        plan_set(plan, place, slice_of(api_default));
    else
        plan_set(plan, place, value_raw(saved));
}

static void drop_marks(struct plan *plan)
{
    struct place *labels = plan_path(plan, plan->root, "metadata.labels");
    struct place *annotations = plan_path(plan, plan->root, "metadata.annotations");

    plan_remove(plan, plan_map_entry(plan, labels, SLICE(LABEL_HELD)));
    plan_remove(plan, plan_map_entry(plan, labels, SLICE(LABEL_STABLE)));
    plan_remove(plan, plan_map_entry(plan, annotations, SLICE(ANNOTATION_BATCH)));
    plan_remove(plan, plan_map_entry(plan, annotations, SLICE(ANNOTATION_RELEASE)));
}

// A load balancer still drains when the annotation is removed, so it must read "off" first.
static void stop_draining(struct plan *plan, struct value record)
{
    struct place *annotations = plan_path(plan, plan->root, "metadata.annotations");
    struct place *toggle =
        plan_map_entry(plan, annotations, SLICE(ALIBABA_PREFIX "connection-drain"));
    struct value recorded = value_get_slice(record, plan_path_text(plan, toggle));

    if (toggle && value_is(toggle->now, "on") && value_is(recorded, "on"))
        plan_set(plan, toggle, SLICE("\"off\""));
}

void unhold(struct plan *plan, struct value object, const struct kind *kind, struct value record,
            struct tape *tape)
{
    struct unholding unholding = {.plan = plan, .record = record};

    release_state_read(&unholding.state, object, tape, plan->arena);
    drop_marks(plan);
    stop_draining(plan, record);
    if (!release_is_held(object, kind))
        return;
    struct place *spec = plan_path(plan, plan->root, "spec");
    if (kind->partition_path) {
        restore(&unholding, plan_path(plan, spec, kind->partition_path), "partition", "0");
        return;
    }
    struct place *pair = plan_path(plan, spec, kind->surge_path);
    restore(&unholding, plan_member(plan, spec, "minReadySeconds"), "minReadySeconds", "0");
    restore(&unholding, plan_member(plan, spec, "progressDeadlineSeconds"),
            "progressDeadlineSeconds", "600");
    restore(&unholding, plan_member(plan, pair, "maxSurge"), "maxSurge", kind->max_surge_default);
    restore(&unholding, plan_member(plan, pair, "maxUnavailable"), "maxUnavailable",
            kind->max_unavailable_default);
}
