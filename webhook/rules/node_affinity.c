// nodeAffinity: preferred nodes, such as those whose addresses a load balancer already knows. Only
// an absent list is filled: the list is atomic, so an item added to a user's list would be a
// difference for ever.
#include "object/names.h"
#include "policy/rule.h"
#include "rules/fill.h"

enum { WEIGHT_MAX = 100 };

struct affinity_settings {
    struct settings common;
    struct slice preferred;
};

static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL};

static const struct shape requirement_shape[] = {
    {.key = "key", .type = SHAPE_STRING, .required = true, .minimum = 1},
    {.key = "operator", .type = SHAPE_STRING, .required = true, .values = operators},
    {.key = "values", .type = SHAPE_STRINGS, .minimum = 1},
    {.key = NULL},
};

static const struct shape preference_shape[] = {
    {.key = "matchExpressions", .type = SHAPE_LIST, .minimum = 1, .members = requirement_shape},
    {.key = "matchFields", .type = SHAPE_LIST, .minimum = 1, .members = requirement_shape},
    {.key = NULL},
};

static const struct shape term_shape[] = {
    {.key = "weight", .type = SHAPE_INTEGER, .required = true, .minimum = 1, .maximum = WEIGHT_MAX},
    {.key = "preference", .type = SHAPE_OBJECT, .required = true, .members = preference_shape},
    {.key = NULL},
};

static const struct shape preferred_shape[] = {
    {.key = "preferred", .type = SHAPE_LIST, .required = true, .minimum = 1, .members = term_shape},
    {.key = NULL},
};

static const struct field fields[] = {
    {.key = "preferred",
     .doc = "The list preferredDuringSchedulingIgnoredDuringExecution, as Kubernetes writes it.",
     .type = FIELD_JSON,
     .offset = offsetof(struct affinity_settings, preferred),
     .shape = preferred_shape},
    FIELDS_COMMON,
};

// The raw text of a string without escapes, which no name has. Otherwise a text that is not a name.
static struct slice plain(struct value string)
{
    struct slice raw = value_raw(string);

    return raw.size > 2 ? (struct slice){raw.data + 1, raw.size - 2} : raw;
}

// How many values each operator takes (ValidateNodeSelectorRequirement in the API's validation).
static int check_requirement(struct value requirement, bool is_field, struct error *error)
{
    struct value operator= value_get(requirement, "operator");
    uint32_t values = value_count(value_get(requirement, "values"));
    bool in = value_is(operator, "In") || value_is(operator, "NotIn");
    int64_t number;

    if (is_field &&
        (!in || values != 1 || !value_is(value_get(requirement, "key"), "metadata.name")))
        return error_set(error, "matchFields takes the key metadata.name with In or NotIn and one "
                                "value");
    if (!is_field && !names_is_qualified(plain(value_get(requirement, "key"))))
        return error_set(error, "key: expected a node label's key");
    if (in && values == 0)
        return error_set(error, "In and NotIn need values");
    if ((value_is(operator, "Exists") || value_is(operator, "DoesNotExist")) && values > 0)
        return error_set(error, "Exists and DoesNotExist take no values");
    if (!value_is(operator, "Gt") && !value_is(operator, "Lt"))
        return 0;
    struct slice text = plain(value_item(value_get(requirement, "values"), 0));

    if (values != 1 || !slice_integer(text, INT64_MIN, INT64_MAX, &number))
        return error_set(error, "Gt and Lt need one value, an integer in quotes");
    return 0;
}

static int check_requirements(struct value list, bool are_fields, struct error *error)
{
    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (check_requirement(item, are_fields, error) != 0)
            return -1;
    return 0;
}

static int check_terms(struct value terms, struct error *error)
{
    for (struct value term = value_first(terms); term.node; term = value_next(term)) {
        struct value preference = value_get(term, "preference");
        struct value expressions = value_get(preference, "matchExpressions");
        struct value match_fields = value_get(preference, "matchFields");

        if (value_count(expressions) == 0 && value_count(match_fields) == 0)
            return error_set(error, "preference needs matchExpressions or matchFields");
        if (check_requirements(expressions, false, error) != 0 ||
            check_requirements(match_fields, true, error) != 0)
            return -1;
    }
    return 0;
}

static int check(const struct settings *settings, struct error *error)
{
    const struct affinity_settings *own = (const struct affinity_settings *)settings;
    struct tape tape = {0};
    int result = 0;

    if (own->preferred.size == 0)
        return 0;
    if (tape_parse(&tape, own->preferred, TAPE_FULL, error) != 0 ||
        check_terms(value_root(&tape), error) != 0)
        result = -1;
    tape_clear(&tape);
    return result;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct affinity_settings *own = (const struct affinity_settings *)settings;
    struct place *place =
        plan_path(&run->plan, run->facts.pod_spec_place,
                  "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution");

    (void)container;
    if (own->preferred.size == 0)
        return fill_withhold(run, place, NULL, REASON_NOT_NEEDED);
    return run_fill(run, place, NULL, own->preferred);
}

const struct rule node_affinity_rule = {
    .name = "nodeAffinity",
    .summary = "Prefers nodes for the pods, so that an in-place upgrade stays on nodes that load "
               "balancers already know.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct affinity_settings),
    .settings = fields,
    .check = check,
    .apply = apply,
};
