// Makes fields from YAML values. policy/settings.h judges ranges and words of plain types. Which
// YAML types a field may have is decided here.
#include "loader/fields.h"

#include <stdio.h>

#include "base/arena.h"
#include "loader/shape.h"

enum { PAIRS_MAX = 256 }; // of one map

// One rule's settings being read.
struct filling {
    struct reader *reader;
    const struct rule *rule;
    struct settings *settings;
    bool wrong;
};

static void *field_at(struct filling *filling, const struct field *field)
{
    return (char *)filling->settings + field->offset;
}

static void expected(struct reader *reader, uint32_t node, const struct field *field)
{
    switch (field->type) {
    case FIELD_BOOLEAN:
        reader_expected(reader, node, field->key, "true or false");
        break;
    case FIELD_INTEGER:
        reader_expected(reader, node, field->key, "an integer from %d to %d", (int)field->minimum,
                        (int)field->maximum);
        break;
    case FIELD_INT_OR_PERCENT:
        reader_expected(reader, node, field->key,
                        "an integer from %d to %d, or a share from 0%% to 100%% such as 25%%",
                        (int)field->minimum, (int)field->maximum);
        break;
    default:
        break;
    }
}

// Whether a YAML value of this type and text may stand for the field at all.
static bool fits(const struct yaml_node *node, const struct field *field)
{
    switch (field->type) {
    case FIELD_BOOLEAN:
        return node->type == YAML_BOOLEAN;
    case FIELD_INTEGER:
        return node->type == YAML_INTEGER;
    case FIELD_INT_OR_PERCENT:
        return node->type == YAML_INTEGER ||
               (node->type == YAML_STRING && node->text.size > 0 && node->text.data[0] != '+' &&
                node->text.data[node->text.size - 1] == '%');
    default:
        return false;
    }
}

// A boolean, integer or share: the text that policy/settings.h reads.
static int read_plain(struct filling *filling, uint32_t index, uint32_t node)
{
    const struct field *field = &filling->rule->settings[index];
    const struct yaml_node *value = reader_node(filling->reader, node);
    struct slice text = value->text;
    struct error error = {0};
    char number[32];

    if (value->type == YAML_INTEGER || value->type == YAML_BOOLEAN) {
        snprintf(number, sizeof(number), "%lld", (long long)value->integer);
        text = slice_of(value->type == YAML_INTEGER ? number : value->truth ? "true" : "false");
    }
    if (!fits(value, field) ||
        settings_parse(filling->rule->settings, index, text, filling->settings,
                       filling->reader->arena, &error) < 0) {
        expected(filling->reader, node, field);
        return -1;
    }
    return 0;
}

// A string, or a whole number as its digits, because a port may be either.
static int read_text(struct filling *filling, const struct field *field, uint32_t node)
{
    const struct yaml_node *value = reader_node(filling->reader, node);
    char number[32];
    struct slice copy;

    if (value->type != YAML_INTEGER)
        return reader_string(filling->reader, node, field->key, field_at(filling, field));
    snprintf(number, sizeof(number), "%lld", (long long)value->integer);
    copy = reader_copy(filling->reader, slice_of(number));
    if (!copy.data)
        return -1;
    *(struct slice *)field_at(filling, field) = copy;
    return 0;
}

static int read_pairs(struct filling *filling, const struct field *field, uint32_t node)
{
    struct reader *reader = filling->reader;
    struct yaml_members members;
    struct pair *items;
    int status = 0;

    if (reader_members(reader, node, field->key, &members) < 0)
        return -1;
    if (members.count > PAIRS_MAX) {
        reader_error(reader, node, "%s: more than %d members", field->key, PAIRS_MAX);
        return -1;
    }
    items = reader_alloc(reader, members.count * sizeof(*items));
    for (uint32_t i = 0; items && i < members.count; i++) {
        items[i].key = reader_copy(reader, reader_node(reader, members.items[i].key)->text);
        if (reader_string(reader, members.items[i].value, items[i].key.data, &items[i].value) < 0)
            status = -1;
    }
    if (!items || status < 0)
        return -1;
    *(struct pairs *)field_at(filling, field) = (struct pairs){items, members.count};
    return 0;
}

static int read_value(struct filling *filling, uint32_t index, uint32_t node)
{
    const struct field *field = &filling->rule->settings[index];

    switch (field->type) {
    case FIELD_ENUM:
        return reader_word(filling->reader, node, field->key, field->values,
                           field_at(filling, field));
    case FIELD_STRING:
        return read_text(filling, field, node);
    case FIELD_STRINGS:
        return reader_strings(filling->reader, node, field->key, true, field_at(filling, field));
    case FIELD_STRING_MAP:
        return read_pairs(filling, field, node);
    case FIELD_JSON:
        return shape_read(filling->reader, node, field, field_at(filling, field));
    default:
        return read_plain(filling, index, node);
    }
}

// The field that is given already and excludes field `index`; NULL: none.
static const struct field *excluding(const struct filling *filling, uint32_t index)
{
    const struct field *fields = filling->rule->settings;

    for (uint32_t other = 0; fields[index].oneof && fields[other].key; other++)
        if (other != index && fields[other].oneof == fields[index].oneof &&
            (filling->settings->present >> other & 1))
            return &fields[other];
    return NULL;
}

static void read_field(struct filling *filling, uint32_t index, uint32_t place, uint32_t node)
{
    const struct field *fields = filling->rule->settings;
    const struct field *other = excluding(filling, index);

    if (other) {
        reader_error(filling->reader, place, "%s and %s exclude each other; give one of them",
                     other->key, fields[index].key);
        filling->wrong = true;
        return;
    }
    if (read_value(filling, index, node) < 0) {
        filling->wrong = true;
        return;
    }
    settings_mark(fields, index, filling->settings, reader_node(filling->reader, place)->line);
}

static void read_member(struct filling *filling, const struct yaml_member *member)
{
    const struct field *fields = filling->rule->settings;
    const char *nearest = NULL;

    for (uint32_t i = 0; fields[i].key; i++) {
        if (slice_is(reader_node(filling->reader, member->key)->text, fields[i].key)) {
            read_field(filling, i, member->key, member->value);
            return;
        }
    }
    for (uint32_t i = 0; fields[i].key; i++)
        nearest = reader_nearer(filling->reader, member->key, nearest, fields[i].key);
    reader_unknown(filling->reader, member->key, nearest);
    filling->wrong = true;
}

static void read_long_form(struct filling *filling, uint32_t node)
{
    struct yaml_members members;

    if (reader_members(filling->reader, node, filling->rule->name, &members) < 0) {
        filling->wrong = true;
        return;
    }
    for (uint32_t i = 0; i < members.count; i++)
        read_member(filling, &members.items[i]);
}

static uint32_t find_field(const struct rule *rule, const char *key)
{
    uint32_t index = 0;

    while (rule->settings[index].key && !slice_is(slice_of(key), rule->settings[index].key))
        index++;
    return index;
}

// Whether this field reads a true or false: `off` may be a word of an enum.
static bool takes_boolean(const struct field *field, struct slice text)
{
    if (field->type != FIELD_ENUM)
        return field->type == FIELD_BOOLEAN;
    for (int i = 0; field->values[i]; i++)
        if (slice_is(text, field->values[i]))
            return true;
    return false;
}

// `minReadySeconds: 5` instead of a mapping.
static void read_short_form(struct filling *filling, uint32_t key, uint32_t node)
{
    const struct rule *rule = filling->rule;
    const struct yaml_node *value = reader_node(filling->reader, node);
    uint32_t index = rule->scalar ? find_field(rule, rule->scalar) : 0;

    if (value->type == YAML_NULL) {
        reader_error(filling->reader, key, "%s: there is no value; write {} to take its defaults",
                     rule->name);
        filling->wrong = true;
    } else if (value->type == YAML_BOOLEAN &&
               (!rule->scalar || !takes_boolean(&rule->settings[index], value->text))) {
        reader_error(filling->reader, node, "%s: write {enabled: %s} to switch the rule %s",
                     rule->name, value->truth ? "true" : "false", value->truth ? "on" : "off");
        filling->wrong = true;
    } else if (!rule->scalar) {
        reader_expected(filling->reader, node, rule->name, "a mapping");
        filling->wrong = true;
    } else {
        read_field(filling, index, key, node);
    }
}

// A field that is itself a mapping can be given only in the long form, so a mapping is always the
// long form.
static bool is_long_form(const struct reader *reader, uint32_t node)
{
    return reader_node(reader, node)->type == YAML_MAPPING;
}

// Asks the rule about the settings as if there were no other entry.
static void check_rule(struct filling *filling, uint32_t key, const struct settings *defaults)
{
    struct error error = {0};
    struct settings *merged;

    if (!filling->rule->check || filling->wrong)
        return;
    merged = arena_alloc(filling->reader->scratch, filling->rule->settings_size);
    if (!merged) {
        filling->reader->out_of_memory = true;
        return;
    }
    memcpy(merged, defaults, filling->rule->settings_size);
    settings_merge(filling->rule->settings, merged, filling->settings);
    if (filling->rule->check(merged, &error) < 0) {
        reader_error(filling->reader, key, "%s: %s", filling->rule->name, error.text);
        filling->wrong = true;
    }
}

const struct settings *fields_read(struct reader *reader, const struct rule *rule, uint32_t key,
                                   uint32_t node, uint32_t entry_line,
                                   const struct settings *defaults)
{
    struct filling filling = {.reader = reader, .rule = rule};

    filling.settings = reader_alloc(reader, rule->settings_size);
    if (!filling.settings)
        return NULL;
    filling.settings->entry_line = entry_line;
    if (is_long_form(reader, node))
        read_long_form(&filling, node);
    else
        read_short_form(&filling, key, node);
    check_rule(&filling, key, defaults);
    return filling.wrong || reader->out_of_memory ? NULL : filling.settings;
}
