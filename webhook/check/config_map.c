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

// Takes the first line of `rest`, with its line end.
static struct slice next_line(struct slice *rest)
{
    const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
    struct slice line = {rest->data, end ? (size_t)(end - rest->data) + 1 : rest->size};

    *rest = slice_skip(*rest, line.size);
    return line;
}

// How many spaces the first line with anything else in it begins with.
static size_t first_spaces(struct slice text)
{
    while (text.size > 0) {
        struct slice line = next_line(&text);
        size_t spaces = 0;
        while (spaces < line.size && line.data[spaces] == ' ')
            spaces++;
        if (spaces < line.size && line.data[spaces] != '\n' && line.data[spaces] != '\r')
            return spaces;
    }
    return 0;
}

// Whether the line, without the indentation of its scalar, ends a document or begins one: YAML has
// that only at the start of a line.
static bool is_marker(struct slice line)
{
    if (slice_starts_with(line, "%"))
        return true;
    return (slice_starts_with(line, "---") || slice_starts_with(line, "...")) &&
           (line.size == 3 || (unsigned char)line.data[3] <= ' ');
}

static struct slice in_place(const struct yaml_node *node, struct slice value, struct slice file,
                             struct arena *arena)
{
    const char *line = memchr(file.data + node->start, '\n', node->end - node->start);
    struct slice rest = line ? (struct slice){line + 1, (size_t)(file.data + node->end - line) - 1}
                             : (struct slice){"", 0};
    size_t written = first_spaces(rest), own = first_spaces(value);
    size_t indentation = written > own ? written - own : 0;
    struct text text;

    text_init(&text, arena, node->line + file.size);
    for (uint32_t i = 0; i < node->line; i++)
        text_putc(&text, '\n');
    while (rest.size > 0) {
        struct slice next = next_line(&rest);
        if (next.size > indentation && is_marker(slice_skip(next, indentation)))
            next = slice_skip(next, indentation);
        text_add(&text, next);
    }
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
    return node->style == YAML_LITERAL ? in_place(node, text, file, arena) : text;
}

struct slice config_map_policy(struct slice file, struct arena *arena)
{
    struct splitter *splitter = splitter_new(file);
    struct slice found = {0};
    struct tape tape = {0};
    struct error ignored; // what cannot be read here is told when it is read as a policy
    struct object object;

    if (splitter && splitter_next(splitter, &object, &ignored) == 1 &&
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
