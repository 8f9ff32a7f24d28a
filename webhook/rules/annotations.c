// annotations: any annotation that a platform wants on its Services. They go only into new
// Services, unless the policy says otherwise. Keys that another rule decides are refused: two rules
// on one place would undo each other.
#include "balancer/annotate.h"
#include "policy/rule.h"
#include "rules/fill.h"

struct annotations_settings {
    struct settings common;
    struct pairs set;
    struct slice add, when;
    bool live;
};

static const struct field fields[] = {
    {.key = "set",
     .doc = "Annotations by key. Keys that a Service already has stay as they are.",
     .type = FIELD_STRING_MAP,
     .offset = offsetof(struct annotations_settings, set)},
    {.key = "add",
     .doc = "Annotations with their own conditions: name; value or merge (a list of key=value that "
            "is added to the user's list), with placeholders; when; live.",
     .type = FIELD_JSON,
     .offset = offsetof(struct annotations_settings, add),
     .shape = annotate_service_add},
    {.key = "when",
     .doc = "The Services that get them: types (left out: LoadBalancer), loadBalancerClasses "
            "(globs), and annotations that are present or absent, as key or key=value.",
     .type = FIELD_JSON,
     .offset = offsetof(struct annotations_settings, when),
     .shape = annotate_service_when},
    {.key = "live",
     .doc = "Also Services that already have their load balancer, except keys that its controller "
            "cannot change there.",
     .type = FIELD_BOOLEAN,
     .offset = offsetof(struct annotations_settings, live),
     .fallback = "false"},
    FIELDS_COMMON,
};

static struct annotate_source source_of(const struct settings *settings)
{
    const struct annotations_settings *own = (const struct annotations_settings *)settings;

    return (struct annotate_source){&own->set, own->add, own->when, own->live};
}

static int check(const struct settings *settings, struct error *error)
{
    const struct annotate_source source = source_of(settings);

    return annotate_check(&source, true, error);
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct annotate_source source = source_of(settings);
    struct annotate_list list;

    (void)container;
    if (annotate_read(&source, run->value_tape, run->arena, &list) < 0) {
        run->plan.failed = true;
        return skipped(REASON_OUT_OF_MEMORY);
    }
    struct finding finding = finding_of(VERDICT_KEPT, REASON_AS_WANTED);

    for (uint32_t i = 0; i < list.count; i++) {
        const struct annotate_item *item = annotate_pick(run, run->facts.annotations, &list, i);

        if (item)
            finding = fill_combine(finding, annotate(run, run->facts.annotations, item));
    }
    return list.count > 0 ? finding : skipped(REASON_NOT_NEEDED);
}

const struct rule annotations_rule = {
    .name = "annotations",
    .summary = "Adds annotations to Services that lack them.",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct annotations_settings),
    .settings = fields,
    .scalar = NULL,
    .check = check,
    .apply = apply,
};
