// Walks the plan and the user's object together, and makes each edit in the text. If the text does
// not allow an edit, the whole object is rewritten.
#include "manifest/edit.h"

#include <stdlib.h>

#include "base/arena.h"
#include "manifest/editor.h"
#include "manifest/to_json.h"

enum { EARLY = 64 * 1024 };

static void edit_children(struct editor *editor, const struct place *place, struct value value);

static bool is_collection(struct value value)
{
    return value_type(value) == TAPE_OBJECT || value_type(value) == TAPE_ARRAY;
}

static void edit_child(struct editor *editor, const struct place *child, struct value parent,
                       struct value value)
{
    struct spot spot = editor_spot(editor, value);
    enum fate fate = editor_fate(editor, child, value);

    if (fate == FATE_BLANK)
        editor_blank(editor, value);
    else if (child->action == ACTION_SET)
        editor_replace(editor, parent, value, child->json);
    else if (spot.alias)
        editor_replace(editor, parent, value, editor_json(editor, child, value));
    else if (is_collection(value))
        edit_children(editor, child, value);
    else if (editor_sets(child))
        editor_fill(editor, value, editor_json(editor, child, value));
}

// A member of the mapping's own overrides one that came through a merge key.
static bool is_inserted(const struct editor *editor, const struct place *child, struct value value)
{
    return !value.node || (editor_spot(editor, value).borrowed && child->edits > 0);
}

static size_t count_children(const struct place *place)
{
    size_t count = 0;

    for (const struct place *child = place->first_child; child; child = child->next_sibling)
        count++;
    return count;
}

// Returns how many members were removed.
static size_t remove_children(struct editor *editor, const struct place *place,
                              struct value mapping)
{
    struct slice *keys = arena_alloc(editor->arena, count_children(place) * sizeof(keys[0]));
    size_t count = 0;

    if (!keys) {
        editor->failed = true;
        return 0;
    }
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        struct value value = editor_child(mapping, child);
        if (value.node && !is_inserted(editor, child, value) && editor_goes(editor, child, value))
            keys[count++] = child->key;
    }
    return count ? editor_remove(editor, mapping, keys, count) : 0;
}

static void insert_children(struct editor *editor, const struct place *place, struct value mapping,
                            size_t removed)
{
    struct insertion *members =
        arena_alloc(editor->arena, count_children(place) * sizeof(members[0]));
    size_t count = 0;

    if (!members) {
        editor->failed = true;
        return;
    }
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        struct value value = editor_child(mapping, child);
        if (!is_inserted(editor, child, value))
            continue;
        if (editor_sets(child))
            members[count++] = (struct insertion){child->key, editor_json(editor, child, value)};
        else if (value.node)
            editor->refused = true;
    }
    if (count > 0)
        editor_insert(editor, mapping, members, count, removed);
}

// Whether it is the user's own flow mapping, `{}`, with only members from edits.
static bool is_emptied(struct editor *editor, const struct place *place, struct value value)
{
    struct value member = value_first(value);

    if (value_type(value) != TAPE_OBJECT || !editor_spot(editor, value).flow || !member.node)
        return false;
    return editor_empties(editor, place, value);
}

static void edit_children(struct editor *editor, const struct place *place, struct value value)
{
    if (is_emptied(editor, place, value)) {
        editor_empty(editor, value);
        return;
    }
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        struct value now = editor_child(value, child);
        if (now.node && child->edits > 0 && !is_inserted(editor, child, now) &&
            !editor_goes(editor, child, now))
            edit_child(editor, child, value, now);
    }
    if (value_type(value) == TAPE_OBJECT)
        insert_children(editor, place, value, remove_children(editor, place, value));
}

static bool touches(const struct editor *editor, uint32_t node)
{
    for (uint32_t i = 0; i < editor->touched_count; i++) {
        if (editor->touched[i] >= node &&
            editor->touched[i] < editor->object->yaml->nodes[node].next)
            return true;
    }
    return false;
}

static void write_out(struct editor *editor, uint32_t alias)
{
    const struct yaml_document *document = editor->object->yaml;
    const struct yaml_node *node = &document->nodes[alias];
    struct converted converted;
    struct tape tape = {0};
    struct text text;

    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    if (to_json(document, node->target, editor->arena, &converted, NULL) ||
        tape_parse(&tape, converted.json, TAPE_FULL, NULL))
        editor->failed = true;
    else
        render_flow(&text, &editor->style, value_root(&tape));
    splices_add(editor->splices, (struct splice){node->start, node->end, 0, text_slice(&text)});
    editor_touch(editor, alias);
    tape_clear(&tape);
}

// The first of the document's aliases whose value is at `node` or after it.
static uint32_t first_alias(const struct object *object, uint32_t node)
{
    uint32_t low = 0;
    uint32_t high = object->alias_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (object->yaml->nodes[object->aliases[middle]].target < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_nodes(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

// If an anchored value changes, its aliases must keep the old value, so they are written out. Only
// aliases inside the object change. It takes one pass from the front, because an alias may itself
// be inside another anchor.
static void keep_aliases(struct editor *editor)
{
    const struct object *object = editor->object;
    uint32_t first = object->alias_count ? first_alias(object, object->root) : 0;
    uint32_t end =
        object->alias_count ? first_alias(object, object->yaml->nodes[object->root].next) : 0;
    uint32_t count = end - first;
    uint32_t *aliases = arena_alloc(editor->arena, count * sizeof(aliases[0]));

    if (!aliases) {
        editor->failed = true;
        return;
    }
    if (count == 0)
        return;
    memcpy(aliases, object->aliases + first, count * sizeof(aliases[0]));
    qsort(aliases, count, sizeof(aliases[0]), compare_nodes);
    for (uint32_t i = 0; i < count && !editor->failed; i++) {
        uint32_t alias = aliases[i];
        if (!touches(editor, alias) && touches(editor, object->yaml->nodes[alias].target))
            write_out(editor, alias);
    }
}

// Looks at one block mapping to find how far nested mappings are indented, and whether the dashes
// of lists are.
static void look_at_mapping(struct render_style *style, const struct yaml_node *nodes,
                            uint32_t mapping, bool *stepped, bool *dashed)
{
    for (uint32_t key = mapping + 1; key < nodes[mapping].next; key = nodes[key + 1].next) {
        const struct yaml_node *value = &nodes[key + 1];
        if (value->style != YAML_BLOCK)
            continue;
        if (value->type == YAML_MAPPING && !*stepped && value[1].column > nodes[key].column) {
            style->step = value[1].column - nodes[key].column;
            *stepped = true;
        } else if (value->type == YAML_SEQUENCE && !*dashed) {
            style->indent_sequences = value->column > nodes[key].column;
            *dashed = true;
        }
    }
}

// The first line end of the file if it comes early, else the first of the object's own text. So a
// file with only one line is not searched again for each object.
static const char *first_line_end(const struct editor *editor)
{
    const struct slice file = editor->file;
    const struct object *object = editor->object;
    const char *end = memchr(file.data, '\n', file.size < EARLY ? file.size : EARLY);

    if (!end)
        end = memchr(file.data + object->start, '\n', object->end - object->start);
    return end;
}

static void look_at_style(struct editor *editor)
{
    const struct object *object = editor->object;
    const struct yaml_node *nodes = object->yaml ? object->yaml->nodes : NULL;
    const char *end = first_line_end(editor);
    bool stepped = false;
    bool dashed = false;

    editor->style = (struct render_style){
        .step = 2,
        .line_end = end && end > editor->file.data && end[-1] == '\r' ? "\r\n" : "\n",
        .yaml = nodes != NULL,
        .arena = editor->arena,
    };
    if (!nodes)
        return;
    for (uint32_t i = object->root; i < nodes[object->root].next && !(stepped && dashed); i++) {
        if (nodes[i].type == YAML_MAPPING && nodes[i].style == YAML_BLOCK)
            look_at_mapping(&editor->style, nodes, i, &stepped, &dashed);
    }
}

// The last resort: replaces all text of the object by the object in flow style.
static void write_anew(struct editor *editor, struct slice json)
{
    struct tape tape = {0};
    struct text text;

    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    if (tape_parse(&tape, json, TAPE_FULL, NULL))
        editor->failed = true;
    else
        render_flow(&text, &editor->style, value_root(&tape));
    splices_add(editor->splices,
                (struct splice){editor->object->start, editor->object->end, 0, text_slice(&text)});
    if (editor->object->yaml)
        editor_touch(editor, editor->object->root);
    tape_clear(&tape);
}

int edit_object(const struct object *object, struct slice file, struct value value,
                const struct place *root, struct arena *arena, struct splices *splices,
                struct slice *json, struct error *error)
{
    struct editor editor = {.object = object, .file = file, .arena = arena, .splices = splices};
    size_t before = splices->count;
    struct slice after;

    look_at_style(&editor);
    after = editor_json(&editor, root, value);
    if (editor_spot(&editor, value).alias)
        editor.refused = true;
    else if (root->edits > 0 && is_collection(value))
        edit_children(&editor, root, value);
    if (editor.refused && !editor.failed) {
        splices->count = before;
        write_anew(&editor, after);
    }
    keep_aliases(&editor);
    if (editor.failed || splices->failed)
        return error_set(error, "memory is short");
    *json = after;
    return 0;
}
