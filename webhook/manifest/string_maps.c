// It knows where the maps are, and judges only the type of what is in them.
#include "manifest/string_maps.h"

#include "manifest/to_json.h"

enum { MAP_DEPTH_MAX = 4 };

struct map {
    const char *path[MAP_DEPTH_MAX + 1]; // NULL after the last
    const char *what;
    const char *kind; // only there; NULL: anywhere
};

static const struct map maps[] = {
    {{"metadata", "annotations"}, "annotation", NULL},
    {{"metadata", "labels"}, "label", NULL},
    {{"spec", "template", "metadata", "annotations"}, "pod template's annotation", NULL},
    {{"spec", "template", "metadata", "labels"}, "pod template's label", NULL},
    {{"spec", "selector", "matchLabels"}, "selector's label", NULL},
    {{"spec", "selector"}, "selector's label", "Service"},
};

static const char *type_name(struct value value)
{
    switch (value_type(value)) {
    case TAPE_NUMBER:
        return "a number";
    case TAPE_ARRAY:
        return "a list";
    case TAPE_OBJECT:
        return "an object";
    default:
        return "a boolean";
    }
}

static bool is_scalar(const struct yaml_node *node)
{
    return node->type == YAML_BOOLEAN || node->type == YAML_INTEGER || node->type == YAML_FLOAT;
}

// The place of `value`, and its text as the file has it.
static struct slice find(const struct object *object, struct value value, uint32_t *line,
                         uint32_t *column)
{
    struct slice raw = value_raw(value);

    *line = object->line;
    *column = object->column;
    if (object->yaml) {
        const struct yaml_node *nodes = object->yaml->nodes;
        uint32_t origin = ORIGIN_NODE(object->origins[value.node]);
        uint32_t node = yaml_resolve(object->yaml, origin);
        *line = nodes[origin].line;
        *column = nodes[origin].column;
        return is_scalar(&nodes[node]) ? nodes[node].text : raw;
    }
    for (const char *at = object->json.data; at < raw.data; at++) {
        *line += *at == '\n';
        *column = *at == '\n' ? 1 : *column + 1;
    }
    return raw;
}

static int refuse(const struct object *object, struct value value, const char *what,
                  struct arena *arena, struct error *error)
{
    struct slice key = value_string(value_key(value), arena), text;
    bool scalar = value_type(value) != TAPE_ARRAY && value_type(value) != TAPE_OBJECT;
    uint32_t line, column;

    text = find(object, value, &line, &column);
    if (!scalar)
        return error_set_at(error, line, column,
                            "the %s %.*s is %s, which the API server refuses: it must be text",
                            what, (int)key.size, key.data, type_name(value));
    return error_set_at(error, line, column,
                        "the %s %.*s is %s, which the API server refuses: put it in quotes, "
                        "\"%.*s\"",
                        what, (int)key.size, key.data, type_name(value), (int)text.size, text.data);
}

int string_maps_check(const struct object *object, struct value value, struct arena *arena,
                      struct error *error)
{
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        struct value map = value;
        if (maps[i].kind && !slice_is(object->kind, maps[i].kind))
            continue;
        for (const char *const *key = maps[i].path; *key; key++)
            map = value_get(map, *key);
        if (value_type(map) != TAPE_OBJECT)
            continue;
        for (struct value item = value_first(map); item.node; item = value_next(item))
            if (value_exists(item) && value_type(item) != TAPE_STRING)
                return refuse(object, item, maps[i].what, arena, error);
    }
    return 0;
}
