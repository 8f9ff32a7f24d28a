// The tables bound the depth, so the recursion here is as deep as they are.
#include "loader/shape.h"

#include "base/arena.h"

// The JSON being written, and whether all of it could be read.
struct writing {
    struct reader *reader;
    struct text json;
    bool wrong;
};

static void write_value(struct writing *writing, uint32_t node, const struct shape *shape);

bool shape_is_list(const struct field *field)
{
    const struct shape *shape = field->shape;

    return shape && shape[0].key && shape[0].type == SHAPE_LIST && !shape[1].key &&
           slice_is(slice_of(shape[0].key), field->key);
}

static bool check_string(struct reader *reader, uint32_t node, const struct shape *shape)
{
    struct slice text;

    if (reader_string(reader, node, shape->key, &text) < 0)
        return false;
    if (text.size < (size_t)shape->minimum)
        reader_error(reader, node, "%s: expected a string that is not empty", shape->key);
    else if (shape->maximum > 0 && text.size > (size_t)shape->maximum)
        reader_error(reader, node, "%s: longer than %d bytes", shape->key, shape->maximum);
    else
        return true;
    return false;
}

static void write_word(struct writing *writing, uint32_t node, const struct shape *shape)
{
    int word = 0;

    if (reader_word(writing->reader, node, shape->key, shape->values, &word) < 0)
        writing->wrong = true;
    text_json_string(&writing->json, slice_of(shape->values[word]));
}

static void write_string(struct writing *writing, uint32_t node, const struct shape *shape)
{
    if (shape->values) {
        write_word(writing, node, shape);
        return;
    }
    if (!check_string(writing->reader, node, shape)) {
        writing->wrong = true;
        return;
    }
    text_json_string(&writing->json, reader_node(writing->reader, node)->text);
}

static void write_integer(struct writing *writing, uint32_t node, const struct shape *shape)
{
    const struct yaml_node *value = reader_node(writing->reader, node);
    bool names = shape->type == SHAPE_INT_OR_STRING;

    if (names && value->type == YAML_STRING && value->text.size > 0) {
        text_json_string(&writing->json, value->text);
        return;
    }
    if (value->type != YAML_INTEGER || value->integer < shape->minimum ||
        value->integer > shape->maximum) {
        reader_expected(writing->reader, node, shape->key, "an integer from %d to %d%s",
                        (int)shape->minimum, (int)shape->maximum, names ? ", or a name" : "");
        writing->wrong = true;
        return;
    }
    text_printf(&writing->json, "%d", (int)value->integer);
}

static void write_boolean(struct writing *writing, uint32_t node, const struct shape *shape)
{
    bool truth = false;

    if (reader_boolean(writing->reader, node, shape->key, &truth) < 0)
        writing->wrong = true;
    text_puts(&writing->json, truth ? "true" : "false");
}

static const struct yaml_member *find_member(const struct reader *reader,
                                             const struct yaml_members *members, const char *key)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (slice_is(reader_node(reader, members->items[i].key)->text, key))
            return &members->items[i];
    return NULL;
}

static void check_members(struct writing *writing, const struct yaml_members *members,
                          const struct shape *shapes)
{
    for (uint32_t i = 0; i < members->count; i++) {
        uint32_t key = members->items[i].key;
        const char *nearest = NULL;
        const struct shape *shape = shapes;

        while (shape->key && !slice_is(reader_node(writing->reader, key)->text, shape->key))
            shape++;
        if (shape->key)
            continue;
        for (shape = shapes; shape->key; shape++)
            nearest = reader_nearer(writing->reader, key, nearest, shape->key);
        reader_unknown(writing->reader, key, nearest);
        writing->wrong = true;
    }
}

static void write_object(struct writing *writing, uint32_t node, const char *name,
                         const struct shape *shapes)
{
    struct yaml_members members;
    const char *comma = "{";

    if (reader_members(writing->reader, node, name, &members) < 0) {
        writing->wrong = true;
        return;
    }
    check_members(writing, &members, shapes);
    for (const struct shape *shape = shapes; shape->key; shape++) {
        const struct yaml_member *member = find_member(writing->reader, &members, shape->key);

        if (!member && shape->required) {
            reader_error(writing->reader, node, "%s: %s is missing", name, shape->key);
            writing->wrong = true;
        }
        if (!member && !shape->fallback)
            continue;
        text_printf(&writing->json, "%s\"%s\":", comma, shape->key);
        comma = ",";
        if (member)
            write_value(writing, member->value, shape);
        else
            text_puts(&writing->json, shape->fallback);
    }
    text_puts(&writing->json, *comma == '{' ? "{}" : "}");
}

static uint32_t count_items(const struct reader *reader, uint32_t list)
{
    uint32_t count = 0;

    for (uint32_t item = list + 1; item < reader_node(reader, list)->next;
         item = reader_node(reader, item)->next)
        count++;
    return count;
}

static bool check_count(struct reader *reader, uint32_t list, const struct shape *shape)
{
    uint32_t count = count_items(reader, list);
    bool few = count < (uint32_t)shape->minimum;
    int32_t bound = few ? shape->minimum : shape->maximum;

    if (!few && (shape->maximum == 0 || count <= (uint32_t)shape->maximum))
        return true;
    reader_error(reader, list, "%s: expected at %s %d item%s, found %u", shape->key,
                 few ? "least" : "most", (int)bound, bound == 1 ? "" : "s", count);
    return false;
}

static void write_list(struct writing *writing, uint32_t node, const struct shape *shape)
{
    struct reader *reader = writing->reader;
    const struct yaml_node *list = reader_node(reader, node);
    const char *comma = "";

    writing->wrong = writing->wrong || list->type != YAML_SEQUENCE;
    if (list->type != YAML_SEQUENCE) {
        reader_expected(reader, node, shape->key,
                        shape->type == SHAPE_STRINGS ? "a list of strings" : "a list of mappings");
        return;
    }
    if (!check_count(reader, node, shape))
        writing->wrong = true;
    text_putc(&writing->json, '[');
    for (uint32_t item = node + 1; item < list->next; item = reader_node(reader, item)->next) {
        uint32_t value = yaml_resolve(&reader->document, item);
        struct shape string = {.key = shape->key, .type = SHAPE_STRING};

        text_puts(&writing->json, comma);
        comma = ",";
        if (shape->type == SHAPE_STRINGS)
            write_string(writing, value, &string);
        else
            write_object(writing, value, shape->key, shape->members);
    }
    text_putc(&writing->json, ']');
}

static void write_value(struct writing *writing, uint32_t node, const struct shape *shape)
{
    switch (shape->type) {
    case SHAPE_OBJECT:
        write_object(writing, node, shape->key, shape->members);
        break;
    case SHAPE_LIST:
    case SHAPE_STRINGS:
        write_list(writing, node, shape);
        break;
    case SHAPE_STRING:
        write_string(writing, node, shape);
        break;
    case SHAPE_INTEGER:
    case SHAPE_INT_OR_STRING:
        write_integer(writing, node, shape);
        break;
    case SHAPE_BOOLEAN:
        write_boolean(writing, node, shape);
        break;
    }
}

int shape_read(struct reader *reader, uint32_t node, const struct field *field, struct slice *out)
{
    struct writing writing = {.reader = reader};
    struct slice json;

    text_init(&writing.json, reader->scratch, SHAPE_JSON_MAX);
    if (shape_is_list(field))
        write_value(&writing, node, &field->shape[0]);
    else
        write_object(&writing, node, field->key, field->shape);
    if (writing.wrong)
        return -1;
    json = text_slice(&writing.json);
    if (!json.data) {
        reader_error(reader, node, "%s: larger than %d KiB, or memory is short", field->key,
                     SHAPE_JSON_MAX / 1024);
        return -1;
    }
    json = reader_copy(reader, json);
    if (!json.data)
        return -1;
    *out = json;
    return 0;
}
