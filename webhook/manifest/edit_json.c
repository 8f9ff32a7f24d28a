// Writes the user's object after a plan as JSON, and decides what happens to objects that become
// empty.
#include "manifest/edit.h"
#include "manifest/editor.h"

bool editor_sets(const struct place *place)
{
    if (place->action != ACTION_NONE)
        return place->action == ACTION_SET;
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (editor_sets(child))
            return true;
    }
    return false;
}

struct value editor_child(struct value value, const struct place *place)
{
    return place->index >= 0 ? value_item(value, (uint32_t)place->index)
                             : value_get_slice(value, place->key);
}

static const struct place *place_of_member(const struct place *place, struct value member)
{
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->index < 0 && value_is_slice(value_key(member), child->key))
            return child;
    }
    return NULL;
}

static bool adds_member(const struct place *place, struct value value)
{
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->index < 0 && !editor_child(value, child).node && editor_sets(child))
            return true;
    }
    return false;
}

bool editor_goes(const struct editor *editor, const struct place *place, struct value value)
{
    return place &&
           (place->action == ACTION_REMOVE || editor_fate(editor, place, value) == FATE_VANISHES);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

// The braces show who wrote them. An edit writes `{ … }` where there was nothing, and `{ …}` where
// there was a key without a value. In the user's own `{}` it writes no spaces.
static enum fate fate_of_empty(const struct editor *editor, struct value value)
{
    struct spot spot = editor_spot(editor, value);
    const char *bytes = editor->file.data;

    if (spot.borrowed)
        return FATE_STAYS;
    if (spot.block)
        return FATE_VANISHES;
    if (!spot.flow || spot.end - spot.start < 3 || !is_space(bytes[spot.start + 1]))
        return FATE_STAYS;
    return is_space(bytes[spot.end - 2]) ? FATE_VANISHES : FATE_BLANK;
}

bool editor_empties(const struct editor *editor, const struct place *place, struct value value)
{
    struct value member = value_first(value);

    if (place->action != ACTION_NONE || value_type(value) != TAPE_OBJECT || !member.node ||
        adds_member(place, value))
        return false;
    for (; member.node; member = value_next(member)) {
        if (!editor_goes(editor, place_of_member(place, member), member))
            return false;
    }
    return true;
}

enum fate editor_fate(const struct editor *editor, const struct place *place, struct value value)
{
    if (place->index >= 0 || !editor_empties(editor, place, value))
        return FATE_STAYS;
    return fate_of_empty(editor, value);
}

static void add_comma(struct text *text)
{
    if (text->size > 0 && !strchr("{[", text->data[text->size - 1]))
        text_putc(text, ',');
}

static void write_object(const struct editor *editor, struct text *text, const struct place *place,
                         struct value value)
{
    text_putc(text, '{');
    for (struct value member = value_first(value); member.node; member = value_next(member)) {
        const struct place *child = place_of_member(place, member);
        if (editor_goes(editor, child, member))
            continue;
        add_comma(text);
        text_add(text, value_raw(value_key(member)));
        text_putc(text, ':');
        if (child && editor_fate(editor, child, member) == FATE_BLANK)
            text_puts(text, "null");
        else if (child)
            editor_write(editor, text, child, member);
        else
            text_add(text, value_raw(member));
    }
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->index >= 0 || editor_child(value, child).node || !editor_sets(child))
            continue;
        add_comma(text);
        text_json_string(text, child->key);
        text_putc(text, ':');
        editor_write(editor, text, child, (struct value){0});
    }
    text_putc(text, '}');
}

static void write_array(const struct editor *editor, struct text *text, const struct place *place,
                        struct value value)
{
    int32_t index = 0;

    text_putc(text, '[');
    for (struct value item = value_first(value); item.node; item = value_next(item), index++) {
        const struct place *child = place->first_child;
        while (child && child->index != index)
            child = child->next_sibling;
        text_puts(text, index ? "," : "");
        if (child)
            editor_write(editor, text, child, item);
        else
            text_add(text, value_raw(item));
    }
    text_putc(text, ']');
}

void editor_write(const struct editor *editor, struct text *text, const struct place *place,
                  struct value value)
{
    enum tape_type type = value_type(value);

    if (place->action == ACTION_SET)
        text_add(text, place->json);
    else if (place->edits > 0 && type == TAPE_ARRAY)
        write_array(editor, text, place, value);
    else if (place->edits > 0 && (type == TAPE_OBJECT || editor_sets(place)))
        write_object(editor, text, place, value);
    else
        text_add(text, value_raw(value));
}

struct slice editor_json(struct editor *editor, const struct place *place, struct value value)
{
    struct text text;
    struct slice json;

    text_init(&text, editor->arena, EDIT_SIZE_MAX);
    editor_write(editor, &text, place, value);
    json = text_slice(&text);
    if (!json.data)
        editor->failed = true;
    return json;
}
