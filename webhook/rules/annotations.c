// annotations: any others that a platform wants on its Services. Only absent ones are filled, and
// none that another rule decides about: two rules on one place would undo each other for ever.
#include "object/annotations.h"
#include "policy/rule.h"
#include "rules/alibaba.h"
#include "rules/fill.h"
#include "rules/names.h"

enum { VALUE_SIZE_MAX = 16 * 1024 };

struct annotations_settings {
    struct settings common;
    struct pairs set;
};

static const struct field fields[] = {
    {.key = "set",
     .doc = "Annotations by key; those that a Service has already are left alone.",
     .type = FIELD_STRING_MAP,
     .offset = offsetof(struct annotations_settings, set)},
    FIELDS_COMMON,
};

// What else there is to say an annotation with; NULL: nothing.
static const char *better_said(struct slice key)
{
    if (slice_is(key, ALIBABA_BACKEND_TYPE))
        return "the rule backendType";
    if (slice_starts_with(key, ALIBABA_PREFIX "connection-drain"))
        return "the rule connectionDrain";
    return slice_starts_with(key, ALIBABA_LEGACY_PREFIX) ? "the prefix " ALIBABA_PREFIX : NULL;
}

static int check(const struct settings *settings, struct error *error)
{
    const struct annotations_settings *own = (const struct annotations_settings *)settings;

    for (uint32_t i = 0; i < own->set.count; i++) {
        struct slice key = own->set.items[i].key;
        int shown = key.size < 100 ? (int)key.size : 100;

        if (!names_is_qualified(key))
            return error_set(error, "set: \"%.*s\" is no valid annotation key", shown, key.data);
        if (slice_starts_with(key, ANNOTATION_PREFIX))
            return error_set(error, "set: \"%.*s\" is evenkeel's own", shown, key.data);
        if (better_said(key))
            return error_set(error, "set: instead of \"%.*s\" use %s", shown, key.data,
                             better_said(key));
        if (own->set.items[i].value.size > VALUE_SIZE_MAX)
            return error_set(error, "set: the value of \"%.*s\" is longer than %d bytes", shown,
                             key.data, VALUE_SIZE_MAX);
    }
    return 0;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct annotations_settings *own = (const struct annotations_settings *)settings;
    struct finding finding = finding_of(VERDICT_KEPT, REASON_AS_WANTED);

    (void)container;
    if (own->set.count == 0)
        return skipped(REASON_NOT_NEEDED);
    for (uint32_t i = 0; i < own->set.count; i++) {
        const struct pair *pair = &own->set.items[i];

        finding = fill_combine(
            finding, fill_annotation(run, run->facts.annotations, pair->key, pair->value));
    }
    return finding;
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
