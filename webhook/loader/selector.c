// matchLabels and matchExpressions, checked as the API checks a LabelSelector.
#include "loader/selector.h"

#include "loader/label.h"

enum { REQUIREMENTS_MAX = 64 }; // of one selector

struct selecting {
    struct match *match;
    struct requirement *requirements; // REQUIREMENTS_MAX
};

// The next requirement to fill in; NULL after an error.
static struct requirement *add_requirement(struct reader *reader, uint32_t node,
                                           struct selecting *selecting)
{
    if (selecting->match->label_count == REQUIREMENTS_MAX) {
        reader_error(reader, node, "labelSelector: more than %d requirements", REQUIREMENTS_MAX);
        return NULL;
    }
    if (!selecting->requirements)
        selecting->requirements =
            reader_alloc(reader, REQUIREMENTS_MAX * sizeof(*selecting->requirements));
    if (!selecting->requirements)
        return NULL;
    selecting->match->labels = selecting->requirements;
    return &selecting->requirements[selecting->match->label_count++];
}

static void check_label(struct reader *reader, uint32_t node, bool key)
{
    struct slice text = reader_node(reader, node)->text;
    char shown[READER_SHOWN_MAX];

    if (key ? label_is_key(text) : label_is_value(text))
        return;
    reader_error(reader, node, "labelSelector: \"%s\" cannot be a label's %s",
                 reader_show(text, shown), key ? "key" : "value");
}

static void read_match_labels(struct reader *reader, uint32_t node, void *into)
{
    struct yaml_members members;

    if (reader_members(reader, node, "matchLabels", &members) < 0)
        return;
    for (uint32_t i = 0; i < members.count; i++) {
        struct requirement *requirement = add_requirement(reader, node, into);
        struct slice *value = reader_alloc(reader, sizeof(*value));
        const struct yaml_node *key = reader_node(reader, members.items[i].key);

        if (!requirement || !value)
            return;
        check_label(reader, members.items[i].key, true);
        requirement->key = reader_copy(reader, key->text);
        requirement->operator= SELECTOR_IN;
        requirement->values = (struct slices){value, 1};
        if (reader_string(reader, members.items[i].value, requirement->key.data, value) == 0)
            check_label(reader, members.items[i].value, false);
    }
}

struct expression {
    struct requirement *requirement;
    uint32_t key, word, values; // nodes; 0: absent
    bool known;                 // the word is an operator
};

static void read_expression_key(struct reader *reader, uint32_t node, void *into)
{
    struct expression *expression = into;

    expression->key = node;
    if (reader_string(reader, node, "key", &expression->requirement->key) == 0)
        check_label(reader, node, true);
}

static void read_expression_operator(struct reader *reader, uint32_t node, void *into)
{
    struct expression *expression = into;
    int word = SELECTOR_IN;

    expression->word = node;
    expression->known = reader_word(reader, node, "operator", selector_operator_names, &word) == 0;
    expression->requirement->operator=(enum selector_operator) word;
}

static void read_expression_values(struct reader *reader, uint32_t node, void *into)
{
    struct expression *expression = into;
    const struct yaml_node *list = reader_node(reader, node);

    expression->values = node;
    if (list->type == YAML_SEQUENCE && list->next == node + 1)
        return;
    if (reader_strings(reader, node, "values", false, &expression->requirement->values) < 0)
        return;
    for (uint32_t item = node + 1; item < list->next; item = reader_node(reader, item)->next)
        check_label(reader, yaml_resolve(&reader->document, item), false);
}

// As the API validates a LabelSelectorRequirement: In and NotIn need values, the other two forbid
// them.
static void check_expression(struct reader *reader, uint32_t node,
                             const struct expression *expression)
{
    enum selector_operator word = expression->requirement->operator;
    bool set = word == SELECTOR_IN || word == SELECTOR_NOT_IN;
    const char *name = selector_operator_names[word];

    if (expression->key == 0)
        reader_error(reader, node, "matchExpressions: key is missing");
    if (expression->word == 0)
        reader_error(reader, node, "matchExpressions: operator is missing");
    if (!expression->known)
        return;
    if (set && (expression->values == 0 ||
                reader_node(reader, expression->values)->next == expression->values + 1))
        reader_error(reader, node, "matchExpressions: the operator %s needs values", name);
    if (!set && expression->requirement->values.count > 0)
        reader_error(reader, expression->values,
                     "matchExpressions: the operator %s takes no values", name);
}

static const struct known_key expression_keys[] = {
    {"key", read_expression_key},
    {"operator", read_expression_operator},
    {"values", read_expression_values},
    {NULL, NULL},
};

static void read_expression(struct reader *reader, uint32_t node, struct selecting *selecting)
{
    struct expression expression = {.requirement = add_requirement(reader, node, selecting)};

    if (!expression.requirement)
        return;
    reader_object(reader, node, "matchExpressions", expression_keys, &expression);
    if (reader_node(reader, node)->type == YAML_MAPPING)
        check_expression(reader, node, &expression);
}

static void read_match_expressions(struct reader *reader, uint32_t node, void *into)
{
    const struct yaml_node *list = reader_node(reader, node);

    if (list->type != YAML_SEQUENCE) {
        reader_expected(reader, node, "matchExpressions", "a list of mappings");
        return;
    }
    for (uint32_t item = node + 1; item < list->next; item = reader_node(reader, item)->next)
        read_expression(reader, yaml_resolve(&reader->document, item), into);
}

static const struct known_key selector_keys[] = {
    {"matchLabels", read_match_labels},
    {"matchExpressions", read_match_expressions},
    {NULL, NULL},
};

void selector_read(struct reader *reader, uint32_t node, struct match *match)
{
    struct selecting selecting = {.match = match};

    reader_object(reader, node, "labelSelector", selector_keys, &selecting);
}
