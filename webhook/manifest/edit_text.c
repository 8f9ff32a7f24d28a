// Changes the text: finds where a value is, and replaces it. edit.c decides whether to do it.
#include "manifest/edit.h"

#include "base/arena.h"
#include "manifest/editor.h"
#include "manifest/to_json.h"

// Where the keys of a block mapping begin: at its first key, or at the question mark before that
// key. The mapping's own start may be an anchor.
static uint32_t column_of_keys(const struct editor *editor, const struct yaml_node *key)
{
    uint32_t back = 1;

    while (back < key->column && editor->file.data[key->start - back] == ' ')
        back++;
    return key->column - 1 -
           (back < key->column && editor->file.data[key->start - back] == '?' ? back : 0);
}

struct spot editor_spot(const struct editor *editor, struct value value)
{
    const struct object *object = editor->object;
    const struct tape_node *in_tape = &value.tape->nodes[value.node];
    const struct yaml_node *node;
    uint32_t origin;
    bool collection;
    bool block;

    if (!object->yaml)
        return (struct spot){.start = object->start + in_tape->start,
                             .end = object->start + in_tape->end,
                             .node = UINT32_MAX,
                             .flow = true};
    origin = object->origins[value.node];
    node = &object->yaml->nodes[ORIGIN_NODE(origin)];
    collection = node->type == YAML_MAPPING || node->type == YAML_SEQUENCE;
    block = collection && node->style == YAML_BLOCK;
    return (struct spot){
        .start = node->start,
        .end = node->end,
        .node = ORIGIN_NODE(origin),
        .column = block && node->type == YAML_MAPPING ? column_of_keys(editor, &node[1])
                                                      : node->column - 1,
        .flow = collection && node->style == YAML_FLOW,
        .block = block,
        .alias = node->type == YAML_ALIAS,
        .borrowed = origin & ORIGIN_BORROWED,
    };
}

void editor_touch(struct editor *editor, uint32_t node)
{
    uint32_t capacity = editor->touched_capacity ? editor->touched_capacity * 2 : 32;
    uint32_t *touched = editor->touched;

    if (!editor->object->alias_count)
        return;
    if (editor->touched_count == editor->touched_capacity) {
        touched = arena_alloc(editor->arena, capacity * sizeof(touched[0]));
        if (!touched) {
            editor->failed = true;
            return;
        }
        if (editor->touched_count)
            memcpy(touched, editor->touched, editor->touched_count * sizeof(touched[0]));
        editor->touched = touched;
        editor->touched_capacity = capacity;
    }
    touched[editor->touched_count++] = node;
}

static void add_splice(struct editor *editor, uint32_t start, uint32_t end, uint32_t rank,
                       struct text *text)
{
    struct slice slice = text_slice(text);

    if (!slice.data)
        editor->failed = true;
    else
        splices_add(editor->splices, (struct splice){start, end, rank, slice});
}

void editor_take_out(struct editor *editor, uint32_t start, uint32_t end)
{
    splices_add(editor->splices, (struct splice){start, end, 0, SLICE("")});
}

uint32_t editor_line_start(const struct editor *editor, uint32_t at)
{
    while (at > 0 && yaml_break_before(editor->file, at) == 0)
        at--;
    return at;
}

uint32_t editor_line_end(const struct editor *editor, uint32_t at)
{
    uint32_t size = 0;

    while (at < editor->file.size && (size = yaml_break_at(editor->file, at)) == 0)
        at++;
    return at + size;
}

bool editor_is_open(const struct editor *editor, uint32_t at)
{
    return at == editor->file.size && yaml_break_before(editor->file, at) == 0;
}

// The spaces and tabs at the start of the line that contains `at`.
static uint32_t indentation(const struct editor *editor, uint32_t at)
{
    uint32_t start = editor_line_start(editor, at);
    uint32_t end = start;

    while (end < at && (editor->file.data[end] == ' ' || editor->file.data[end] == '\t'))
        end++;
    return end - start;
}

// Looks back over white space only, because a line may be the whole file.
bool editor_is_first_in_line(const struct editor *editor, uint32_t at)
{
    while (at > 0 && (editor->file.data[at - 1] == ' ' || editor->file.data[at - 1] == '\t'))
        at--;
    return at == 0 || yaml_break_before(editor->file, at) > 0;
}

// Reads JSON that evenkeel or the user wrote. False when memory is short.
static bool read_json(struct editor *editor, struct tape *tape, struct slice json)
{
    if (json.data && tape_parse(tape, json, TAPE_FULL, NULL) == 0)
        return true;
    editor->failed = true;
    return false;
}

static bool in_lines(const struct editor *editor, struct spot spot)
{
    return memchr(editor->file.data + spot.start, '\n', spot.end - spot.start) != NULL;
}

// The place for a value that the text does not have.
struct gap {
    uint32_t at;
    bool bare; // there is no colon either: `{key}`, which continues after the key
};

static struct gap gap_of(struct editor *editor, struct spot spot)
{
    const struct yaml_node *key;
    const char *bytes = editor->file.data;
    uint32_t at;

    if (spot.node == UINT32_MAX || spot.start < spot.end)
        return (struct gap){.at = spot.start};
    key = &editor->object->yaml->nodes[spot.node - 1];
    for (at = key->end; at < spot.start && bytes[at] != ':'; at++) {
        while (at < spot.start && bytes[at] == '#')
            at = editor_line_end(editor, at);
    }
    if (at < spot.start)
        return (struct gap){.at = spot.start};
    for (at = key->start; at > 0 && bytes[at - 1] == ' '; at--)
        ;
    editor->refused = editor->refused || (at > 0 && bytes[at - 1] == '?');
    return (struct gap){.at = key->end, .bare = true};
}

void editor_replace(struct editor *editor, struct value parent, struct value value,
                    struct slice json)
{
    struct spot spot = editor_spot(editor, value);
    struct spot around = editor_spot(editor, parent);
    struct gap gap = gap_of(editor, spot);
    struct tape tape = {0};
    struct text text;

    editor_touch(editor, spot.node);
    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    if (!read_json(editor, &tape, json))
        goto done;
    if (spot.start == spot.end && spot.node != UINT32_MAX)
        text_puts(&text, gap.bare ? ": " : " ");
    if (!editor->object->yaml && in_lines(editor, around))
        render_pretty(&text, &editor->style, value_root(&tape), indentation(editor, spot.start));
    else if (around.flow)
        render_flow(&text, &editor->style, value_root(&tape));
    else if (spot.block && value_type(value) == TAPE_OBJECT &&
             value_first(value_root(&tape)).node && value_type(value_root(&tape)) == TAPE_OBJECT)
        render_block(&text, &editor->style, value_root(&tape), spot.column);
    else if (spot.block && value_type(value) == TAPE_ARRAY && spot.column <= around.column)
        editor->refused = true;
    else
        render_inline(&text, &editor->style, value_root(&tape));
    if (gap.bare)
        text_putc(&text, ' '); // before a comment
    add_splice(editor, gap.at, gap.bare ? gap.at : spot.end, 0, &text);
done:
    tape_clear(&tape);
}

// The ways to write a key without a value. The spaces after the brace that replaces it show which
// way it was. BARE spaces show that there was no colon.
static const char *const blanks[] = {"", "null", "~", NULL, "Null", "NULL"};
enum { BLANKS = sizeof(blanks) / sizeof(blanks[0]), BARE = 4 };

static size_t blank_of(const struct editor *editor, struct spot spot)
{
    struct slice text = {editor->file.data + spot.start, spot.end - spot.start};

    for (size_t i = 0; i < BLANKS; i++) {
        if (blanks[i] != NULL && slice_is(text, blanks[i]))
            return i;
    }
    return 1;
}

// `{ "key": value}`: without a space at the end, it differs from braces that an edit made.
void editor_fill(struct editor *editor, struct value value, struct slice json)
{
    struct spot spot = editor_spot(editor, value);
    struct gap gap = gap_of(editor, spot);
    struct tape tape = {0};
    struct slice flow;
    struct text inner;
    struct text text;

    editor_touch(editor, spot.node);
    text_init(&inner, editor->arena, EDIT_SIZE_MAX);
    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    if (!read_json(editor, &tape, json))
        return;
    render_flow(&inner, &editor->style, value_root(&tape));
    flow = text_slice(&inner);
    text_puts(&text, gap.bare ? ": {" : spot.start == spot.end ? " {" : "{");
    for (size_t i = gap.bare ? BARE : blank_of(editor, spot) + 1; i > 0; i--)
        text_putc(&text, ' ');
    if (flow.size > 4) // "{ … }"
        text_add(&text, (struct slice){flow.data + 2, flow.size - 4});
    text_putc(&text, '}');
    if (!flow.data)
        editor->failed = true;
    add_splice(editor, gap.at, gap.bare ? gap.at : spot.end, 0, &text);
    tape_clear(&tape);
}

// After the fill, the text may be read as JSON.
static uint32_t key_end(const struct editor *editor, struct value value)
{
    struct spot spot = editor_spot(editor, value);

    return spot.node == UINT32_MAX ? editor_spot(editor, value_key(value)).end
                                   : editor->object->yaml->nodes[spot.node - 1].end;
}

void editor_blank(struct editor *editor, struct value value)
{
    struct spot spot = editor_spot(editor, value);
    const char *bytes = editor->file.data;
    size_t spaces = 0;
    while (spot.start + 1 + spaces < spot.end && bytes[spot.start + 1 + spaces] == ' ')
        spaces++;
    const char *blank = blanks[spaces > 0 && spaces <= BLANKS ? spaces - 1 : 1];

    editor_touch(editor, spot.node);
    if (blank == NULL) {
        editor_take_out(editor, key_end(editor, value), spot.end);
        return;
    }
    bool tight = *blank == '\0' && bytes[spot.start - 1] == ' ';
    splices_add(editor->splices, (struct splice){spot.start - tight, spot.end, 0, slice_of(blank)});
}

// Where a mapping's children are in the text.
struct children {
    uint32_t count;
    uint32_t first_start;
    uint32_t last_start; // of the last key
    uint32_t last_end;
};

static void children_add(struct children *children, uint32_t start, uint32_t end)
{
    if (children->count++ == 0)
        children->first_start = start;
    children->last_start = start;
    children->last_end = end;
}

static struct children children_of(const struct editor *editor, struct value mapping)
{
    struct children children = {0};
    uint32_t root = editor_spot(editor, mapping).node;
    const struct yaml_node *nodes = root == UINT32_MAX ? NULL : editor->object->yaml->nodes;

    if (nodes) {
        for (uint32_t key = root + 1; key < nodes[root].next; key = nodes[key + 1].next)
            children_add(&children, nodes[key].start, nodes[key + 1].end);
        return children;
    }
    for (struct value member = value_first(mapping); member.node; member = value_next(member))
        children_add(&children, editor_spot(editor, value_key(member)).start,
                     editor_spot(editor, member).end);
    return children;
}

void editor_empty(struct editor *editor, struct value mapping)
{
    struct children children = children_of(editor, mapping);

    editor_touch(editor, editor_spot(editor, mapping).node);
    editor_take_out(editor, children.first_start, children.last_end);
}

// The text between two members: as between the user's last two lines of members, or on the same
// line.
static void separate(struct editor *editor, struct text *text, struct children children)
{
    if (!editor_is_first_in_line(editor, children.last_start)) {
        text_puts(text, ", ");
        return;
    }
    text_putc(text, ',');
    text_puts(text, editor->style.line_end);
    text_add(text,
             (struct slice){editor->file.data + editor_line_start(editor, children.last_start),
                            indentation(editor, children.last_start)});
}

// `removed`: how many of the members are removed. If all are, the first new one goes where they
// began.
static void insert_in_flow(struct editor *editor, struct spot spot, struct children children,
                           const struct insertion *members, size_t count, size_t removed)
{
    bool lines = children.count && editor_is_first_in_line(editor, children.last_start);
    bool none = children.count == removed;
    uint32_t at = none ? children.first_start : children.last_end;
    struct tape tape = {0};
    struct text text;

    if (!children.count)
        at = (uint32_t)((const char *)memchr(editor->file.data + spot.start, '{',
                                             spot.end - spot.start) -
                        editor->file.data) +
             1;
    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    for (size_t i = 0; i < count && read_json(editor, &tape, members[i].json); i++) {
        if (children.count && (i > 0 || !none))
            separate(editor, &text, children);
        else if (i > 0)
            text_puts(&text, ", ");
        render_flow_key(&text, &editor->style, members[i].key);
        text_puts(&text, ": ");
        if (lines)
            render_pretty(&text, &editor->style, value_root(&tape),
                          indentation(editor, children.last_start));
        else
            render_flow(&text, &editor->style, value_root(&tape));
    }
    add_splice(editor, at, at, 0, &text);
    tape_clear(&tape);
}

static void insert_in_block(struct editor *editor, struct spot spot,
                            const struct insertion *members, size_t count)
{
    uint32_t at = editor_line_end(editor, spot.end);
    bool open = editor_is_open(editor, at);
    struct tape tape = {0};
    struct text text;

    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    if (open)
        text_puts(&text, editor->style.line_end);
    for (size_t i = 0; i < count && read_json(editor, &tape, members[i].json); i++)
        render_member(&text, &editor->style, members[i].key, value_root(&tape), spot.column);
    if (open && text.size > 0)
        text.size -= strlen(editor->style.line_end);
    add_splice(editor, at, at, spot.column + 1, &text);
    tape_clear(&tape);
}

void editor_insert(struct editor *editor, struct value mapping, const struct insertion *members,
                   size_t count, size_t removed)
{
    struct spot spot = editor_spot(editor, mapping);

    editor_touch(editor, spot.node);
    if (spot.flow)
        insert_in_flow(editor, spot, children_of(editor, mapping), members, count, removed);
    else
        insert_in_block(editor, spot, members, count);
}
