// podAnnotations: annotations of the pod template, for controllers and sidecars that read the pods
// themselves. A user's own value stays. A user's list is only added to.
#include "balancer/annotate.h"
#include "policy/rule.h"
#include "rules/fill.h"

struct pod_annotations_settings {
    struct settings common;
    struct pairs set;
    struct slice add, when;
};

static const struct field fields[] = {
    {.key = "set",
     .doc = "Annotations by key. Keys that the pod template already has stay as they are.",
     .type = FIELD_STRING_MAP,
     .offset = offsetof(struct pod_annotations_settings, set)},
    {.key = "add",
     .doc = "Annotations with their own conditions: name; value or merge (a list of key=value that "
            "is added to the user's list), with placeholders; when.",
     .type = FIELD_JSON,
     .offset = offsetof(struct pod_annotations_settings, add),
     .shape = annotate_pod_add},
    {.key = "when",
     .doc = "The pod templates that get them: annotations that are present or absent there, as key "
            "or key=value.",
     .type = FIELD_JSON,
     .offset = offsetof(struct pod_annotations_settings, when),
     .shape = annotate_pod_when},
    FIELDS_COMMON,
};

static struct annotate_source source_of(const struct settings *settings)
{
    const struct pod_annotations_settings *own = (const struct pod_annotations_settings *)settings;

    return (struct annotate_source){&own->set, own->add, own->when, false};
}

static int check(const struct settings *settings, struct error *error)
{
    const struct annotate_source source = source_of(settings);

    return annotate_check(&source, false, error);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct annotate_source source = source_of(settings);
    struct place *annotations =
        plan_path(&run->plan, run->facts.template_place, "metadata.annotations");
    struct annotate_list list;

    (void)container;
    if (annotate_read(&source, run->value_tape, run->arena, &list) < 0) {
        run->plan.failed = true;
        return skipped(REASON_OUT_OF_MEMORY);
    }
    struct finding finding = finding_of(VERDICT_KEPT, REASON_AS_WANTED);

    for (uint32_t i = 0; i < list.count; i++) {
        const struct annotate_item *item = annotate_pick(run, annotations, &list, i);

        if (item)
            finding = fill_combine(finding, annotate(run, annotations, item));
    }
    return list.count > 0 ? finding : skipped(REASON_NOT_NEEDED);
}

const struct rule pod_annotations_rule = {
    .name = "podAnnotations",
    .summary = "Adds annotations to pod templates that lack them.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct pod_annotations_settings),
    .settings = fields,
    .scalar = NULL,
    .check = check,
    .apply = apply,
};
