// versionLabel: a label on the pods that distinguishes versions, so that a mesh can split traffic
// during a release. It is never a label of the selector, which cannot change.
#include "object/names.h"
#include "policy/rule.h"
#include "rules/fill.h"
#include "rules/version.h"
#include "signs/ports.h"

enum { FROM_LABEL, FROM_IMAGE_TAG };
static const char *const from_names[] = {"label", "imageTag", NULL};

enum { KEY, FROM, LABEL, CONTAINER };

struct version_settings {
    struct settings common;
    struct slice key, label, container;
    int from;
};

static const struct field fields[] = {
    [KEY] = {.key = "key",
             .doc = "The label to write. Istio and Kiali look for version.",
             .type = FIELD_STRING,
             .offset = offsetof(struct version_settings, key),
             .fallback = "version"},
    [FROM] = {.key = "from",
              .doc = "Where the version comes from: a label, or the tag of an image.",
              .type = FIELD_ENUM,
              .offset = offsetof(struct version_settings, from),
              .fallback = "imageTag",
              .values = from_names},
    [LABEL] =
        {.key = "label",
         .doc = "With from: label, the label to copy: of the pod template, or else of the object.",
         .type = FIELD_STRING,
         .offset = offsetof(struct version_settings, label),
         .fallback = "app.kubernetes.io/version"},
    [CONTAINER] = {.key = "container",
                   .doc = "With from: imageTag, the container whose image counts. Left out: the "
                          "first that is not a proxy.",
                   .type = FIELD_STRING,
                   .offset = offsetof(struct version_settings, container)},
    FIELDS_COMMON,
};

static int check(const struct settings *settings, struct error *error)
{
    const struct version_settings *own = (const struct version_settings *)settings;

    if (!names_is_qualified(own->key))
        return error_set(error, "key: expected a label's key, such as version");
    if (!names_is_qualified(own->label))
        return error_set(error, "label: expected a label's key, such as app.kubernetes.io/version");
    if (own->from == FROM_LABEL && slice_equal(own->key, own->label))
        return error_set(error, "key and label are the same: the label would copy itself");
    return 0;
}

static struct slice find_label(struct run *run, struct slice key)
{
    struct value own = value_get_slice(run->facts.pod_labels, key);
    struct value objects = value_get_slice(value_get(run->facts.metadata, "labels"), key);

    return value_string(value_exists(own) ? own : objects, run->arena);
}

static struct slice find_tag(const struct facts *facts, struct slice name)
{
    const struct container *container = name.size > 0 ? NULL : ports_first_container(facts);

    for (uint32_t i = 0; name.size > 0 && i < facts->container_count; i++)
        if (slice_equal(facts->containers[i].name, name))
            container = &facts->containers[i];
    return container ? version_of_image(container->image) : (struct slice){NULL, 0};
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct version_settings *own = (const struct version_settings *)settings;
    struct place *labels = plan_path(&run->plan, run->facts.template_place, "metadata.labels");
    struct place *place = plan_map_entry(&run->plan, labels, own->key);
    struct slice version = own->from == FROM_LABEL ? find_label(run, own->label)
                                                   : find_tag(&run->facts, own->container);

    (void)container;
    if (facts_selects(&run->facts, own->key))
        return skipped(REASON_IN_SELECTOR);
    if (version.size == 0)
        return fill_withhold(run, place, NULL, REASON_NO_VERSION);
    if (!names_is_label_value(version))
        return fill_withhold(run, place, NULL, REASON_INVALID_LABEL_VALUE);
    return fill_string(run, place, NULL, version);
}

const struct rule version_label_rule = {
    .name = "versionLabel",
    .summary = "Labels pods with their version, so that a mesh can split traffic between two "
               "versions.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct version_settings),
    .settings = fields,
    .scalar = "from",
    .check = check,
    .apply = apply,
};
