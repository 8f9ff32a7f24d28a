// Label selection in both of its forms. An absent label satisfies NotIn and DoesNotExist, as in the
// API.
#include "policy/selector.h"

static bool selector_label_in(struct value label, struct value values)
{
    for (struct value item = value_first(values); item.node; item = value_next(item))
        if (value_equal(item, label))
            return true;
    return false;
}

static bool selector_expression_matches(struct value expression, struct value labels)
{
    struct value label = (struct value){labels.tape, 0};
    struct value key = value_get(expression, "key");
    for (struct value item = value_first(labels); item.node; item = value_next(item))
        if (value_equal(value_key(item), key))
            label = item;
    struct value operator= value_get(expression, "operator");
    struct value values = value_get(expression, "values");
    if (value_is(operator, "In"))
        return label.node != 0 && selector_label_in(label, values);
    if (value_is(operator, "NotIn"))
        return label.node == 0 || !selector_label_in(label, values);
    if (value_is(operator, "Exists"))
        return label.node != 0;
    return value_is(operator, "DoesNotExist") && label.node == 0;
}

bool selector_matches(struct value selector, struct value labels)
{
    if (!value_exists(selector))
        return false;
    struct value wanted = value_get(selector, "matchLabels");
    if (value_count(wanted) > 0 && !value_subset(wanted, labels))
        return false;
    struct value expressions = value_get(selector, "matchExpressions");
    for (struct value item = value_first(expressions); item.node; item = value_next(item))
        if (!selector_expression_matches(item, labels))
            return false;
    return true;
}

static bool requirement_has(const struct requirement *requirement, struct value label)
{
    for (uint32_t i = 0; i < requirement->values.count; i++)
        if (value_is_slice(label, requirement->values.items[i]))
            return true;
    return false;
}

static bool requirement_matches(const struct requirement *requirement, struct value labels)
{
    struct value label = value_get_slice(labels, requirement->key);
    switch (requirement->operator) {
    case SELECTOR_IN:
        return label.node != 0 && requirement_has(requirement, label);
    case SELECTOR_NOT_IN:
        return label.node == 0 || !requirement_has(requirement, label);
    case SELECTOR_EXISTS:
        return label.node != 0;
    default:
        return label.node == 0;
    }
}

bool requirements_match(const struct requirement *requirements, uint32_t count, struct value labels)
{
    for (uint32_t i = 0; i < count; i++)
        if (!requirement_matches(&requirements[i], labels))
            return false;
    return true;
}
