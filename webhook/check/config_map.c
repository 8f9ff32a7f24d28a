// It finds the text and does not check it.
#include "check/config_map.h"

#include "base/arena.h"
#include "manifest/split.h"
#include "manifest/to_json.h"
#include "json/value.h"

static bool ends_with(struct slice text, const char *end)
{
    size_t size = strlen(end);

    return text.size >= size && !memcmp(text.data + text.size - size, end, size);
}

static struct value find(struct value data, struct arena *arena)
{
    struct value found = value_get(data, "policy.yaml");
    unsigned count = 0;

    if (!found.node)
        found = value_get(data, "policy");
    if (found.node)
        return found;
    for (struct value item = value_first(data); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), arena);
        if (!ends_with(key, ".yaml") && !ends_with(key, ".yml"))
            continue;
        found = item;
        count++;
    }
    return count == 1 ? found : (struct value){0};
}

static struct slice in_place(const struct yaml_node *node, struct slice file, struct arena *arena)
{
    const char *line = memchr(file.data + node->start, '\n', node->end - node->start);
    struct text text;

    text_init(&text, arena, node->line + file.size);
    for (uint32_t i = 0; i < node->line; i++)
        text_putc(&text, '\n');
    if (line)
        text_add(&text, (struct slice){line + 1, (size_t)(file.data + node->end - line) - 1});
    return text_slice(&text);
}

static struct slice text_of(const struct object *object, struct value policy, struct slice file,
                            struct arena *arena)
{
    const struct yaml_node *node;
    struct slice text = value_string(policy, arena);

    if (!text.data || !object->yaml)
        return text;
    node = &object->yaml->nodes[ORIGIN_NODE(object->origins[policy.node])];
    return node->style == YAML_LITERAL ? in_place(node, file, arena) : text;
}

struct slice config_map_policy(struct slice file, struct arena *arena)
{
    struct splitter *splitter = splitter_new(file);
    struct slice found = {0};
    struct tape tape = {0};
    struct object object;

    if (splitter && splitter_next(splitter, &object, NULL) == 1 &&
        slice_is(object.kind, "ConfigMap") && slice_is(object.api_version, "v1") &&
        tape_parse(&tape, object.json, TAPE_FULL, NULL) == 0) {
        struct value policy = find(value_get(value_root(&tape), "data"), arena);
        found = text_of(&object, policy, file, arena);
        if (found.data)
            found = slice_copy(arena, found);
    }
    tape_clear(&tape);
    splitter_free(splitter);
    return found;
}
