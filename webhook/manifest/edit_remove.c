// Removes members from the user's text, with their separators. edit.c decides which ones.
#include "base/arena.h"
#include "manifest/editor.h"

// A member as it is written in the text.
struct member {
    uint32_t start; // of its key
    uint32_t end;   // of its value
    bool goes;
};

struct members {
    struct member *items;
    size_t count;
    size_t gone;
};

static bool is_among(struct slice key, const struct slice *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(key, keys[i]))
            return true;
    }
    return false;
}

static void members_add(struct members *members, uint32_t start, uint32_t end, bool goes)
{
    members->items[members->count++] = (struct member){start, end, goes};
    members->gone += goes;
}

// If a key is there twice, both are removed.
static void read_yaml(const struct editor *editor, uint32_t root, const struct slice *keys,
                      size_t count, struct members *members)
{
    const struct yaml_node *nodes = editor->object->yaml->nodes;

    for (uint32_t key = root + 1; key < nodes[root].next; key = nodes[key + 1].next) {
        const struct yaml_node *text = &nodes[key];
        if (text->type == YAML_ALIAS)
            text = &nodes[text->target];
        members_add(members, nodes[key].start, nodes[key + 1].end,
                    is_among(text->text, keys, count));
    }
}

static void read_json(struct editor *editor, struct value mapping, const struct slice *keys,
                      size_t count, struct members *members)
{
    for (struct value item = value_first(mapping); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), editor->arena);
        members_add(members, editor_spot(editor, value_key(item)).start,
                    editor_spot(editor, item).end, is_among(key, keys, count));
        editor->failed = editor->failed || !key.data;
    }
}

static uint32_t count_members(const struct editor *editor, struct value mapping, uint32_t root)
{
    const struct yaml_node *nodes;
    uint32_t count = 0;

    if (root == UINT32_MAX)
        return value_count(mapping);
    nodes = editor->object->yaml->nodes;
    for (uint32_t key = root + 1; key < nodes[root].next; key = nodes[key + 1].next)
        count++;
    return count;
}

// Neighbours are removed as one range, with the comma before it, or with the comma after it if the
// first member is removed.
static void remove_in_flow(struct editor *editor, const struct members *members)
{
    const struct member *items = members->items;

    for (size_t first = 0; first < members->count; first++) {
        size_t last = first;
        if (!items[first].goes)
            continue;
        while (last + 1 < members->count && items[last + 1].goes)
            last++;
        if (first > 0)
            editor_take_out(editor, items[first - 1].end, items[last].end);
        else if (last + 1 < members->count)
            editor_take_out(editor, items[first].start, items[last + 1].start);
        else
            editor_take_out(editor, items[first].start, items[last].end);
        first = last;
    }
}

// Steps back over the line end before `at`, if there is one.
static uint32_t before_line_end(const struct editor *editor, uint32_t at)
{
    return at - yaml_break_before(editor->file, at);
}

// Removes the member's lines. If the file's last line has no end, the line end before is removed
// too, else the one after.
static void remove_lines(struct editor *editor, const struct member *member)
{
    uint32_t start = editor_line_start(editor, member->start);
    uint32_t behind = editor_line_end(editor, member->end);

    if (start > 0 && editor_is_open(editor, (uint32_t)editor->file.size))
        editor_take_out(editor, before_line_end(editor, start), before_line_end(editor, behind));
    else
        editor_take_out(editor, start, behind);
}

// Removes the first member of a list's item, on the line of the dash. The next member that stays
// takes its place.
static size_t remove_behind_dash(struct editor *editor, const struct members *members)
{
    uint32_t start = members->items[0].start;
    uint32_t at = start;
    size_t next = 0;

    while (next < members->count && members->items[next].goes)
        next++;
    while (at > 0 && editor->file.data[at - 1] == ' ')
        at--;
    if (next == members->count || at == 0 || editor->file.data[at - 1] != '-')
        editor->refused = true;
    else
        editor_take_out(editor, start, members->items[next].start);
    return next;
}

static void remove_in_block(struct editor *editor, const struct members *members)
{
    size_t at = 0;

    if (members->items[0].goes && !editor_is_first_in_line(editor, members->items[0].start))
        at = remove_behind_dash(editor, members);
    for (; at < members->count; at++) {
        const struct member *member = &members->items[at];
        if (member->goes && !editor_is_first_in_line(editor, member->start))
            editor->refused = true; // after a `?`
        else if (member->goes)
            remove_lines(editor, member);
    }
}

size_t editor_remove(struct editor *editor, struct value mapping, const struct slice *keys,
                     size_t count)
{
    struct spot spot = editor_spot(editor, mapping);
    size_t all = count_members(editor, mapping, spot.node);
    struct members members = {arena_alloc(editor->arena, all * sizeof(struct member)), 0, 0};

    if (!members.items) {
        editor->failed = true;
        return 0;
    }
    if (spot.node == UINT32_MAX)
        read_json(editor, mapping, keys, count, &members);
    else
        read_yaml(editor, spot.node, keys, count, &members);
    if (members.gone == 0)
        return 0;
    editor_touch(editor, spot.node);
    if (spot.flow)
        remove_in_flow(editor, &members);
    else
        remove_in_block(editor, &members);
    return members.gone;
}
