// Writes YAML nodes as JSON text, with the origin of every JSON value and key. It decides no types,
// because the reader has resolved the scalars.
#include "manifest/to_json.h"

#include "base/arena.h"
#include "manifest/number.h"

#define NOWHERE UINT32_MAX

struct writer {
    const struct yaml_document *document;
    struct arena *arena;
    struct text text;
    uint32_t *origins;
    uint32_t count;
    uint32_t capacity;
    unsigned depth;
    struct error *error;
};

static int fail(struct writer *writer, uint32_t node, const char *text)
{
    const struct yaml_node *at = &writer->document->nodes[node];

    return error_set_at(writer->error, at->line, at->column, "%s", text);
}

static int grow(struct writer *writer)
{
    uint32_t capacity = writer->capacity ? writer->capacity * 2 : 256;
    uint32_t *origins = arena_alloc(writer->arena, capacity * sizeof(origins[0]));

    if (!origins)
        return error_set(writer->error, "memory is short");
    if (writer->count > 0)
        memcpy(origins, writer->origins, writer->count * sizeof(origins[0]));
    writer->origins = origins;
    writer->capacity = capacity;
    return 0;
}

// Notes where the next value or key of the JSON text comes from: `via` when it is borrowed, else
// `node`.
static int record(struct writer *writer, uint32_t node, uint32_t via)
{
    if (writer->count == writer->capacity && grow(writer))
        return -1;
    writer->origins[writer->count++] = via == NOWHERE ? node : via | ORIGIN_BORROWED;
    return 0;
}

static int write_value(struct writer *writer, uint32_t node, uint32_t via);

static int write_sequence(struct writer *writer, uint32_t sequence, uint32_t via)
{
    const struct yaml_node *nodes = writer->document->nodes;
    int result = 0;

    text_putc(&writer->text, '[');
    for (uint32_t item = sequence + 1; result == 0 && item < nodes[sequence].next;
         item = nodes[item].next) {
        if (item > sequence + 1)
            text_putc(&writer->text, ',');
        result = write_value(writer, item, via);
    }
    text_putc(&writer->text, ']');
    return result;
}

static int write_member(struct writer *writer, struct yaml_member member, uint32_t via)
{
    if (writer->text.data[writer->text.size - 1] != '{')
        text_putc(&writer->text, ',');
    if (record(writer, member.key, via))
        return -1;
    text_json_string(&writer->text, writer->document->nodes[member.key].text);
    text_putc(&writer->text, ':');
    if (writer->text.failed)
        return error_set(writer->error, "memory is short, or the document is too large as JSON");
    return write_value(writer, member.value, via);
}

static bool has_merge_key(const struct yaml_node *nodes, uint32_t mapping)
{
    for (uint32_t key = mapping + 1; key < nodes[mapping].next; key = nodes[key + 1].next) {
        if (nodes[key].merge)
            return true;
    }
    return false;
}

// Writes members in the order of the text. To find those that are in the mapping itself, it walks
// the mapping's keys and the list together.
static int write_merged(struct writer *writer, uint32_t mapping, uint32_t via)
{
    const struct yaml_node *nodes = writer->document->nodes;
    uint32_t own = mapping + 1;
    struct yaml_members members;

    if (yaml_members(writer->document, mapping, writer->arena, &members))
        return error_set(writer->error, "memory is short");
    for (uint32_t i = 0; i < members.count; i++) {
        struct yaml_member member = members.items[i];
        uint32_t through = via;
        while (own < nodes[mapping].next && own < member.key)
            own = nodes[own + 1].next;
        if (via == NOWHERE && own != member.key)
            through = mapping;
        if (write_member(writer, member, through))
            return -1;
    }
    return 0;
}

static int write_mapping(struct writer *writer, uint32_t mapping, uint32_t via)
{
    const struct yaml_node *nodes = writer->document->nodes;
    int result = 0;

    text_putc(&writer->text, '{');
    if (writer->text.failed)
        return error_set(writer->error, "memory is short, or the document is too large as JSON");
    if (has_merge_key(nodes, mapping))
        result = write_merged(writer, mapping, via);
    else
        for (uint32_t key = mapping + 1; result == 0 && key < nodes[mapping].next;
             key = nodes[key + 1].next)
            result = write_member(writer, (struct yaml_member){key, key + 1}, via);
    text_putc(&writer->text, '}');
    return result;
}

static int write_scalar(struct writer *writer, uint32_t index)
{
    const struct yaml_node *node = &writer->document->nodes[index];

    switch (node->type) {
    case YAML_NULL:
        text_puts(&writer->text, "null");
        return 0;
    case YAML_BOOLEAN:
        text_puts(&writer->text, node->truth ? "true" : "false");
        return 0;
    case YAML_INTEGER:
        text_printf(&writer->text, "%lld", (long long)node->integer);
        return 0;
    case YAML_FLOAT:
        if (number_from_yaml(&writer->text, node->text))
            return fail(writer, index, "JSON has no such number");
        return 0;
    default:
        text_json_string(&writer->text, node->text);
        return 0;
    }
}

static int write_value(struct writer *writer, uint32_t node, uint32_t via)
{
    uint32_t resolved = yaml_resolve(writer->document, node);
    int result;

    if (++writer->depth > TO_JSON_DEPTH_MAX)
        return fail(writer, node, "aliases nest too deep");
    if (record(writer, node, via))
        return -1;
    if (resolved != node && via == NOWHERE)
        via = node;
    if (writer->document->nodes[resolved].type == YAML_MAPPING)
        result = write_mapping(writer, resolved, via);
    else if (writer->document->nodes[resolved].type == YAML_SEQUENCE)
        result = write_sequence(writer, resolved, via);
    else
        result = write_scalar(writer, resolved);
    writer->depth--;
    return result;
}

int to_json(const struct yaml_document *document, uint32_t node, struct arena *arena,
            struct converted *converted, struct error *error)
{
    struct writer writer = {.document = document, .arena = arena, .error = error};
    struct slice json;

    text_init(&writer.text, arena, TO_JSON_SIZE_MAX);
    if (record(&writer, 0, NOWHERE) || write_value(&writer, node, NOWHERE))
        return -1;
    json = text_slice(&writer.text);
    if (!json.data)
        return error_set(error, "memory is short, or the document is too large as JSON");
    *converted = (struct converted){json, writer.origins, writer.count};
    return 0;
}
