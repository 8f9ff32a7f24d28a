// Splits documents into objects. A broken document loses only that document. It changes and decides
// nothing.
#include "manifest/split.h"

#include <stdlib.h>

#include "base/arena.h"
#include "manifest/aliases.h"
#include "manifest/chunk.h"
#include "manifest/to_json.h"
#include "json/value.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum reading { READING_NOTHING, READING_YAML, READING_JSON };

// An object in the document that is being read.
struct item {
    uint32_t node; // of the YAML document or of the tape
    struct slice api_version;
    struct slice kind;
};

// A place in the file's text. It only moves forward.
struct cursor {
    size_t offset;
    size_t line_start;
    uint32_t line;
};

struct splitter {
    struct slice bytes;
    struct chunks chunks;
    struct chunk chunk;
    size_t yaml_start; // where the reader began: after a marker before a byte order mark
    enum reading reading;
    struct cursor cursor;
    struct arena *document_arena;
    struct arena *object_arena;
    struct yaml_reader *reader;
    struct yaml_document document;
    const uint32_t *aliases;
    uint32_t alias_count;
    struct tape tape;
    size_t tape_at;          // offset in the file of the tape's text
    size_t json_at;          // offset of the next JSON value
    struct error json_error; // why a chunk that looks like JSON is not JSON
    struct item *items;
    size_t item_count;
    size_t item_capacity;
    size_t item_next;
};

struct splitter *splitter_new(struct slice bytes)
{
    struct splitter *splitter = calloc(1, sizeof(*splitter));

    if (!splitter)
        return NULL;
    splitter->bytes = bytes;
    splitter->chunks.bytes = bytes;
    splitter->cursor.line = 1;
    splitter->document_arena = arena_new(LIST_MEMORY_MAX);
    splitter->object_arena = arena_new(LIST_MEMORY_MAX);
    if (!splitter->document_arena || !splitter->object_arena) {
        splitter_free(splitter);
        return NULL;
    }
    return splitter;
}

void splitter_free(struct splitter *splitter)
{
    if (!splitter)
        return;
    yaml_reader_free(splitter->reader);
    arena_free(splitter->document_arena);
    arena_free(splitter->object_arena);
    tape_clear(&splitter->tape);
    free(splitter->items);
    free(splitter);
}

static struct slice range(const struct splitter *splitter, size_t start, size_t end)
{
    return (struct slice){splitter->bytes.data + start, end - start};
}

static void cursor_move(struct cursor *cursor, struct slice bytes, size_t offset)
{
    for (; cursor->offset < offset; cursor->offset++) {
        if (bytes.data[cursor->offset] == '\n') {
            cursor->line++;
            cursor->line_start = cursor->offset + 1;
        }
    }
}

static int item_add(struct splitter *splitter, struct item item, struct error *error)
{
    if (splitter->item_count == splitter->item_capacity) {
        size_t capacity = splitter->item_capacity ? splitter->item_capacity * 2 : 64;
        struct item *items = realloc(splitter->items, capacity * sizeof(items[0]));
        if (!items)
            return error_set(error, "memory is short");
        splitter->items = items;
        splitter->item_capacity = capacity;
    }
    splitter->items[splitter->item_count++] = item;
    return 0;
}

static bool is_list_kind(struct slice kind)
{
    return kind.size >= 4 && memcmp(kind.data + kind.size - 4, "List", 4) == 0;
}

// What an item takes over from its list, as in apimachinery's unstructured lists: the kind without
// "List", and the version. A plain List gives its items nothing.
static struct item item_of_list(struct item list)
{
    list.kind.size -= 4;
    if (list.kind.size == 0)
        list.api_version = (struct slice){0};
    return list;
}

static struct slice yaml_text(const struct yaml_document *document, uint32_t mapping,
                              const char *key, struct slice fallback)
{
    uint32_t node = yaml_get(document, mapping, key);

    if (node == UINT32_MAX || document->nodes[node].type != YAML_STRING)
        return fallback;
    return document->nodes[node].text;
}

static int collect_yaml(struct splitter *splitter, struct item item, unsigned depth,
                        struct error *error)
{
    const struct yaml_document *document = &splitter->document;
    const struct yaml_node *nodes = document->nodes;
    uint32_t root = yaml_resolve(document, item.node);
    uint32_t list;

    if (nodes[root].type == YAML_NULL)
        return 0;
    item.api_version = yaml_text(document, root, "apiVersion", item.api_version);
    item.kind = yaml_text(document, root, "kind", item.kind);
    list = yaml_get(document, root, "items");
    if (depth >= LIST_DEPTH_MAX || !is_list_kind(item.kind) || list == UINT32_MAX ||
        nodes[list].type != YAML_SEQUENCE || (depth == 0 && nodes[list].next == list + 1))
        return item_add(splitter, item, error);
    item = item_of_list(item);
    for (uint32_t node = list + 1; node < nodes[list].next; node = nodes[node].next) {
        item.node = node;
        if (collect_yaml(splitter, item, depth + 1, error))
            return -1;
    }
    return 0;
}

static struct slice json_text(struct splitter *splitter, struct value object, const char *key,
                              struct slice fallback)
{
    struct slice text = value_string(value_get(object, key), splitter->document_arena);

    return text.data ? text : fallback;
}

static int collect_json(struct splitter *splitter, struct value root, struct item item,
                        unsigned depth, struct error *error)
{
    struct value list = value_get(root, "items");

    item.node = root.node;
    item.api_version = json_text(splitter, root, "apiVersion", item.api_version);
    item.kind = json_text(splitter, root, "kind", item.kind);
    if (depth >= LIST_DEPTH_MAX || !is_list_kind(item.kind) || value_type(list) != TAPE_ARRAY ||
        (depth == 0 && value_count(list) == 0))
        return item_add(splitter, item, error);
    item = item_of_list(item);
    for (struct value value = value_first(list); value.node; value = value_next(value)) {
        if (value_exists(value) && collect_json(splitter, value, item, depth + 1, error))
            return -1;
    }
    return 0;
}

// Reads the JSON value at `at` into the tape. An error has its place in the file.
static int read_json(struct splitter *splitter, size_t at, struct error *error)
{
    size_t end = chunk_json_end(&splitter->chunk, splitter->bytes, at);
    struct error inner = {0};

    splitter->tape_at = at;
    splitter->json_at = end;
    if (tape_parse(&splitter->tape, range(splitter, at, end), TAPE_FULL, &inner) == 0)
        return 0;
    cursor_move(&splitter->cursor, splitter->bytes, at);
    if (inner.line == 1)
        inner.column += (uint32_t)(at - splitter->cursor.line_start);
    inner.line += splitter->cursor.line - 1;
    return error_set_at(error, inner.line, inner.column, "%s", inner.text);
}

// When files are joined, a later file keeps its byte order mark, after the document marker. The
// reader knows a byte order mark only at the start of a text.
static size_t skip_to_mark(const struct splitter *splitter)
{
    struct slice rest = range(splitter, splitter->chunk.start, splitter->chunk.end);
    const char *end = slice_starts_with(rest, "---") ? memchr(rest.data, '\n', rest.size) : NULL;
    size_t size = end ? (size_t)(end - rest.data) + 1 : 0;

    return slice_starts_with((struct slice){rest.data + size, rest.size - size}, BYTE_ORDER_MARK)
               ? size
               : 0;
}

// Its place is in the text that the reader got.
static uint32_t first_line(const struct splitter *splitter)
{
    return splitter->chunk.line + (splitter->yaml_start > splitter->chunk.start);
}

static int open_chunk(struct splitter *splitter, struct error *error)
{
    size_t at = splitter->chunk.start;

    splitter->json_error = (struct error){0};
    if (at == 0 && slice_starts_with(splitter->bytes, BYTE_ORDER_MARK))
        at += sizeof(BYTE_ORDER_MARK) - 1;
    at = chunk_skip_space(&splitter->chunk, splitter->bytes, at);
    if (at < splitter->chunk.end && splitter->bytes.data[at] == '{') {
        if (read_json(splitter, at, &splitter->json_error) == 0) {
            splitter->reading = READING_JSON;
            splitter->json_at = at;
            return 0;
        }
        at = chunk_skip_space(&splitter->chunk, splitter->bytes, at + 1);
        if (at == splitter->chunk.end || splitter->bytes.data[at] != '"')
            splitter->json_error = (struct error){0}; // flow YAML, or a template
    }
    splitter->yaml_start = splitter->chunk.start + skip_to_mark(splitter);
    splitter->reader = yaml_reader_new(range(splitter, splitter->yaml_start, splitter->chunk.end));
    if (!splitter->reader)
        return error_set(error, "memory is short");
    yaml_reader_allow_duplicates(splitter->reader);
    yaml_reader_allow_nodes(splitter->reader, LIST_NODES_MAX);
    yaml_reader_count_from(splitter->reader, first_line(splitter));
    splitter->reading = READING_YAML;
    return 0;
}

static void close_yaml(struct splitter *splitter)
{
    yaml_reader_free(splitter->reader);
    splitter->reader = NULL;
    splitter->reading = READING_NOTHING;
}

// The reader saw only the chunk, so this changes offsets and lines to the file's. It also counts
// aliases.
static void rebase(struct splitter *splitter)
{
    struct yaml_document *document = &splitter->document;
    uint32_t offset = (uint32_t)splitter->yaml_start;

    splitter->alias_count = 0;
    for (uint32_t i = 0; i < document->count; i++) {
        document->nodes[i].start += offset;
        document->nodes[i].end += offset;
        document->nodes[i].line += first_line(splitter) - 1;
        splitter->alias_count += document->nodes[i].type == YAML_ALIAS;
    }
    document->start += offset;
    document->end += offset;
}

static int next_yaml(struct splitter *splitter, struct error *error)
{
    struct error inner = {0};
    int found =
        yaml_reader_next(splitter->reader, splitter->document_arena, &splitter->document, &inner);

    if (found == 1) {
        rebase(splitter);
        if (splitter->document.count == 0)
            return 0;
        splitter->aliases =
            aliases_list(&splitter->document, splitter->alias_count, splitter->document_arena);
        if (!splitter->aliases)
            return error_set(error, "memory is short");
        return collect_yaml(splitter, (struct item){0}, 0, error);
    }
    close_yaml(splitter);
    if (found == 0)
        return 0;
    if (splitter->json_error.set) {
        *error = splitter->json_error;
        return -1;
    }
    *error = inner;
    return -1;
}

static int next_json(struct splitter *splitter, struct error *error)
{
    size_t at = chunk_skip_space(&splitter->chunk, splitter->bytes, splitter->json_at);

    if (at >= splitter->chunk.end) {
        splitter->reading = READING_NOTHING;
        return 0;
    }
    if (read_json(splitter, at, error)) {
        splitter->reading = READING_NOTHING;
        return -1;
    }
    return collect_json(splitter, value_root(&splitter->tape), (struct item){0}, 0, error);
}

// Reads on until there are items. Returns 1, or 0 at the end, or -1.
static int next_items(struct splitter *splitter, struct error *error)
{
    int result = 0;

    while (result == 0 && splitter->item_next == splitter->item_count) {
        splitter->item_next = splitter->item_count = 0;
        arena_reset(splitter->document_arena);
        if (splitter->reading == READING_YAML)
            result = next_yaml(splitter, error);
        else if (splitter->reading == READING_JSON)
            result = next_json(splitter, error);
        else if (chunks_next(&splitter->chunks, &splitter->chunk))
            result = open_chunk(splitter, error);
        else
            return 0;
    }
    if (result)
        splitter->item_next = splitter->item_count;
    return result ? result : 1;
}

static int object_of_yaml(struct splitter *splitter, const struct item *item, struct object *object,
                          struct error *error)
{
    const struct yaml_node *node = &splitter->document.nodes[item->node];
    struct converted converted;

    if (to_json(&splitter->document, item->node, splitter->object_arena, &converted, error))
        return -1;
    *object = (struct object){.json = converted.json,
                              .origins = converted.origins,
                              .yaml = &splitter->document,
                              .aliases = splitter->aliases,
                              .alias_count = splitter->alias_count,
                              .root = item->node,
                              .start = node->start,
                              .end = node->end,
                              .line = node->line,
                              .column = node->column,
                              .api_version = item->api_version,
                              .kind = item->kind};
    return 0;
}

static void object_of_json(struct splitter *splitter, const struct item *item,
                           struct object *object)
{
    const struct tape_node *node = &splitter->tape.nodes[item->node];
    size_t start = splitter->tape_at + node->start;
    size_t end = splitter->tape_at + node->end;
    struct cursor *cursor = &splitter->cursor;

    cursor_move(cursor, splitter->bytes, start);
    *object = (struct object){.json = range(splitter, start, end),
                              .start = (uint32_t)start,
                              .end = (uint32_t)end,
                              .line = cursor->line,
                              .column = (uint32_t)(start - cursor->line_start) + 1,
                              .api_version = item->api_version,
                              .kind = item->kind};
}

int splitter_next(struct splitter *splitter, struct object *object, struct error *error)
{
    int found = next_items(splitter, error);
    const struct item *item;

    if (found != 1)
        return found;
    item = &splitter->items[splitter->item_next++];
    arena_reset(splitter->object_arena);
    if (splitter->reading == READING_YAML)
        return object_of_yaml(splitter, item, object, error) ? -1 : 1;
    object_of_json(splitter, item, object);
    return 1;
}
