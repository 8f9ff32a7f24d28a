// Nothing here recurses: open collections are on a stack of fixed depth. The expansion of an alias
// is counted and never built.
#include "yaml/build.h"

#include <stdlib.h>

#include "base/arena.h"
#include "yaml/keys.h"
#include "yaml/scalar.h"

void yaml_build_start(struct yaml_build *build, struct arena *arena)
{
    build->arena = arena;
    build->count = build->depth = 0;
    build->anchor_count = build->anchors_seen = 0;
}

void yaml_build_clear(struct yaml_build *build)
{
    free(build->nodes);
    build->nodes = NULL;
    build->capacity = 0;
}

static int grow_nodes(struct yaml_build *build)
{
    uint32_t capacity = build->capacity ? build->capacity * 2 : 256;
    struct yaml_node *nodes;

    if (build->count < build->capacity)
        return 0;
    nodes = realloc(build->nodes, capacity * sizeof(*nodes));
    if (!nodes)
        return -1;
    build->nodes = nodes;
    build->capacity = capacity;
    return 0;
}

static int add_node(struct yaml_build *build, struct yaml_span span, enum yaml_type type,
                    enum yaml_style style, struct error *error)
{
    if (build->count == build->nodes_max)
        return error_set_at(error, span.line, span.column, "more than %d nodes in one document",
                            (int)build->nodes_max);
    if (grow_nodes(build) < 0)
        return error_set_at(error, span.line, span.column, "out of memory");
    build->nodes[build->count] = (struct yaml_node){.type = (uint8_t)type,
                                                    .style = (uint8_t)style,
                                                    .next = build->count + 1,
                                                    .line = span.line,
                                                    .column = span.column,
                                                    .start = span.start,
                                                    .end = span.end};
    build->count++;
    return 0;
}

static struct yaml_node *last_node(struct yaml_build *build)
{
    return &build->nodes[build->count - 1];
}

static bool expects_key(const struct yaml_build *build)
{
    const struct yaml_frame *frame;

    if (build->depth == 0)
        return false;
    frame = &build->frames[build->depth - 1];
    return build->nodes[frame->node].type == YAML_MAPPING && frame->children % 2 == 0;
}

// Tells the collection around the node at `index` that it is complete and expands to `expanded`
// nodes.
static int finish_node(struct yaml_build *build, uint32_t index, uint32_t expanded,
                       struct error *error)
{
    const struct yaml_node *node = &build->nodes[index];
    struct yaml_frame *frame;

    if (build->depth == 0)
        return 0;
    frame = &build->frames[build->depth - 1];
    if (expanded > YAML_EXPANDED_MAX + build->count - frame->expanded)
        return error_set_at(error, node->line, node->column, "aliases expand to more than %d nodes",
                            YAML_EXPANDED_MAX);
    frame->expanded += expanded;
    frame->children++;
    frame->end = node->end;
    return 0;
}

// The place of `name` in the sorted anchors, or where it would be inserted.
static uint32_t find_anchor(const struct yaml_build *build, const char *name)
{
    uint32_t low = 0, high = build->anchor_count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (strcmp(build->anchors[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_anchor(const struct yaml_build *build, uint32_t at, const char *name)
{
    return at < build->anchor_count && strcmp(build->anchors[at].name, name) == 0;
}

// Gives `node` the anchor `name`. An earlier anchor with the same name is forgotten, as YAML says.
static int add_anchor(struct yaml_build *build, struct yaml_span span, const char *name,
                      uint32_t node, uint32_t expanded, struct error *error)
{
    uint32_t at;

    if (!name)
        return 0;
    if (build->anchors_seen++ == YAML_ANCHORS_MAX)
        return error_set_at(error, span.line, span.column, "more than %d anchors in one document",
                            YAML_ANCHORS_MAX);
    at = find_anchor(build, name);
    if (!is_anchor(build, at, name)) {
        name = slice_copy(build->arena, slice_of(name)).data;
        if (!name)
            return error_set_at(error, span.line, span.column, "out of memory");
        memmove(&build->anchors[at + 1], &build->anchors[at],
                (build->anchor_count++ - at) * sizeof(*build->anchors));
        build->anchors[at].name = name;
    }
    build->anchors[at].node = node;
    build->anchors[at].expanded = expanded;
    return 0;
}

// Makes the last node a key: text, or the merge key.
static int finish_key(struct yaml_build *build, bool may_merge, struct error *error)
{
    struct yaml_node *node = last_node(build);
    struct error why = {0};

    node->merge = may_merge && slice_is(node->text, "<<");
    if (yaml_scalar_key(node, build->arena, &why) < 0)
        return error_set_at(error, node->line, node->column, "%s", why.text);
    return 0;
}

static int decode_binary(struct yaml_build *build, struct yaml_node *node, struct error *error)
{
    if (yaml_scalar_binary(node, build->arena) == 0)
        return 0;
    return error_set_at(error, node->line, node->column,
                        "a value with the tag !!binary is not base64, or memory is short");
}

// As in goyaml: a tag that it does not resolve makes a string, except !!binary.
static int resolve_tagged(struct yaml_build *build, struct yaml_node *node, const char *tag,
                          struct error *error)
{
    static const char *const names[] = {"null", "bool", "int", "float", "str"};
    uint32_t wanted = 0;

    if (strcmp(tag, "binary") == 0)
        return decode_binary(build, node, error);
    if (strcmp(tag, "timestamp") == 0 && !yaml_scalar_is_timestamp(node->text))
        return error_set_at(error, node->line, node->column, "\"%.80s\" is no !!timestamp",
                            node->text.data);
    while (wanted < YAML_STRING && strcmp(names[wanted], tag) != 0)
        wanted++;
    if (wanted == YAML_STRING)
        return 0;
    yaml_scalar_resolve(node);
    if (wanted == YAML_FLOAT && node->type == YAML_INTEGER)
        node->type = YAML_FLOAT;
    if (node->type != wanted)
        return error_set_at(error, node->line, node->column, "\"%.80s\" cannot be read as !!%s",
                            node->text.data, tag);
    return 0;
}

// A value that a block mapping leaves out, with no colon either (`? key`). libyaml puts it where
// the next token starts, after comments and line breaks.
static struct yaml_span left_out(struct yaml_build *build, struct yaml_span span)
{
    const struct yaml_frame *frame = build->depth ? &build->frames[build->depth - 1] : NULL;
    const struct yaml_node *key;

    if (span.start != span.end || !frame || frame->children % 2 == 0 ||
        build->nodes[frame->node].style != YAML_BLOCK ||
        build->nodes[frame->node].type != YAML_MAPPING || build->bytes.data[span.start - 1] == ':')
        return span;
    key = last_node(build);
    return (struct yaml_span){key->line, key->column + key->end - key->start, key->end, key->end};
}

int yaml_build_scalar(struct yaml_build *build, struct yaml_span span, enum yaml_style style,
                      const char *tag, struct slice text, const char *anchor, struct error *error)
{
    struct yaml_node *node;

    if (add_node(build, left_out(build, span), YAML_STRING, style, error) < 0)
        return -1;
    node = last_node(build);
    node->text = slice_copy(build->arena, text);
    if (!node->text.data)
        return error_set_at(error, span.line, span.column, "out of memory");
    if (!tag)
        yaml_scalar_resolve(node);
    else if (resolve_tagged(build, node, tag, error) < 0)
        return -1;
    if (expects_key(build) &&
        finish_key(build, style == YAML_PLAIN && (!tag || !strcmp(tag, "merge")), error) < 0)
        return -1;
    if (add_anchor(build, span, anchor, build->count - 1, 1, error) < 0)
        return -1;
    return finish_node(build, build->count - 1, 1, error);
}

// A key that is an alias becomes the text of its anchor.
static int alias_key(struct yaml_build *build, uint32_t target, struct error *error)
{
    struct yaml_node *node = last_node(build);
    const struct yaml_node *source = &build->nodes[target];

    if (source->type > YAML_STRING)
        return error_set_at(error, node->line, node->column,
                            "a key must be a string, not a mapping or a sequence");
    node->type = source->type;
    node->truth = source->truth;
    node->integer = source->integer;
    node->text = source->text;
    return finish_key(build, false, error);
}

int yaml_build_alias(struct yaml_build *build, struct yaml_span span, const char *name,
                     struct error *error)
{
    uint32_t at = find_anchor(build, name);
    struct yaml_anchor anchor = build->anchors[is_anchor(build, at, name) ? at : 0];

    if (!is_anchor(build, at, name))
        return error_set_at(error, span.line, span.column,
                            "there is no anchor &%.64s before the alias", name);
    if (anchor.expanded == 0)
        return error_set_at(error, span.line, span.column,
                            "the alias *%.64s is part of the value that it means", name);
    if (add_node(build, span, YAML_ALIAS, YAML_PLAIN, error) < 0)
        return -1;
    last_node(build)->target = anchor.node;
    if (expects_key(build)) {
        if (alias_key(build, anchor.node, error) < 0)
            return -1;
        anchor.expanded = 1;
    }
    return finish_node(build, build->count - 1, anchor.expanded, error);
}

int yaml_build_open(struct yaml_build *build, struct yaml_span span, enum yaml_type type,
                    enum yaml_style style, const char *anchor, struct error *error)
{
    if (expects_key(build))
        return error_set_at(error, span.line, span.column,
                            "a key must be a string, not a mapping or a sequence");
    if (build->depth == YAML_DEPTH_MAX)
        return error_set_at(error, span.line, span.column, "nested deeper than %d levels",
                            YAML_DEPTH_MAX);
    if (add_node(build, span, type, style, error) < 0 ||
        add_anchor(build, span, anchor, build->count - 1, 0, error) < 0)
        return -1;
    build->frames[build->depth++] = (struct yaml_frame){
        .node = build->count - 1, .end = span.end, .has_anchor = anchor != NULL};
    return 0;
}

// libyaml ends a block collection where the next token starts, after blank lines and comments. It
// does the same with a `[key: value]` pair.
static uint32_t collection_end(const struct yaml_build *build, const struct yaml_frame *frame,
                               uint32_t end)
{
    const struct yaml_node *node = &build->nodes[frame->node];
    char bracket = node->type == YAML_MAPPING ? '}' : ']';

    if (node->style == YAML_FLOW && (frame->end < end && build->bytes.data[end - 1] == bracket))
        return end;
    return node->style == YAML_FLOW && frame->children == 0 ? end : frame->end;
}

static void close_anchor(struct yaml_build *build, uint32_t node, uint32_t expanded)
{
    for (uint32_t i = 0; i < build->anchor_count; i++)
        if (build->anchors[i].node == node)
            build->anchors[i].expanded = expanded;
}

int yaml_build_close(struct yaml_build *build, uint32_t end, struct error *error)
{
    struct yaml_frame frame = build->frames[build->depth - 1];
    struct yaml_node *node = &build->nodes[frame.node];

    node->next = build->count;
    node->end = collection_end(build, &frame, end);
    if (node->type == YAML_MAPPING &&
        yaml_keys_check(build->nodes, frame.node, frame.children / 2, build->keys_twice, error) < 0)
        return -1;
    if (frame.has_anchor)
        close_anchor(build, frame.node, frame.expanded + 1);
    build->depth--;
    return finish_node(build, frame.node, frame.expanded + 1, error);
}

struct yaml_node *yaml_build_nodes(const struct yaml_build *build)
{
    struct yaml_node *nodes = arena_alloc(build->arena, build->count * sizeof(*nodes));

    if (nodes && build->count)
        memcpy(nodes, build->nodes, build->count * sizeof(*nodes));
    return nodes;
}
