// Walks the plan's tree along the object. Where a parent is missing, everything planned below it
// becomes one `add`.
#include "plan/patch.h"

#include "json/pointer.h"

static bool patch_removes_child(const struct place *place)
{
    for (const struct place *child = place->first_child; child; child = child->next_sibling)
        if (child->action == ACTION_REMOVE)
            return true;
    return false;
}

// A patch cannot express edits below a value that is neither an object nor a list.
static int patch_check(const struct place *place, struct error *error)
{
    enum tape_type type = value_type(place->now);
    bool holds_children =
        type == TAPE_NONE || type == TAPE_NULL || type == TAPE_OBJECT ||
        (type == TAPE_ARRAY && place->first_child && place->first_child->index >= 0);
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->edits == 0)
            continue;
        if (!holds_children)
            return error_set(error, "%.*s is not an object", (int)place->key.size,
                             place->key.size ? place->key.data : "");
        if (patch_check(child, error) < 0)
            return -1;
    }
    return 0;
}

static const struct place *patch_child_of(const struct place *place, struct value member)
{
    for (const struct place *child = place->first_child; child; child = child->next_sibling)
        if (child->index < 0 && child->now.node == member.node)
            return child;
    return NULL;
}

static void patch_separate(struct text *text, bool *first)
{
    if (!*first)
        text_putc(text, ',');
    *first = false;
}

// The present object, member by member in the user's own bytes, with the edits below it. Then the
// members that it lacks.
static void patch_write_object(struct text *text, const struct place *place)
{
    bool first = true;
    text_putc(text, '{');
    for (struct value member = value_first(place->now); member.node; member = value_next(member)) {
        const struct place *child = patch_child_of(place, member);
        if (child != NULL && child->action == ACTION_REMOVE)
            continue;
        patch_separate(text, &first);
        text_add(text, value_raw(value_key(member)));
        text_putc(text, ':');
        if (child != NULL)
            patch_write_value(text, child);
        else
            text_add(text, value_raw(member));
    }
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->now.node != 0 || child->edits == 0)
            continue;
        patch_separate(text, &first);
        text_json_string(text, child->key);
        text_putc(text, ':');
        patch_write_value(text, child);
    }
    text_putc(text, '}');
}

static void patch_write_array(struct text *text, const struct place *place)
{
    bool first = true;
    int32_t index = 0;
    text_putc(text, '[');
    for (struct value item = value_first(place->now); item.node; item = value_next(item), index++) {
        const struct place *child = place->first_child;
        while (child != NULL && child->index != index)
            child = child->next_sibling;
        patch_separate(text, &first);
        if (child != NULL)
            patch_write_value(text, child);
        else
            text_add(text, value_raw(item));
    }
    text_putc(text, ']');
}

void patch_write_value(struct text *text, const struct place *place)
{
    if (place->action == ACTION_SET)
        text_add(text, place->json);
    else if (place->edits == 0)
        text_add(text, value_raw(place->now));
    else if (value_type(place->now) == TAPE_ARRAY)
        patch_write_array(text, place);
    else
        patch_write_object(text, place);
}

static void patch_write_operation(struct text *text, const struct text *pointer,
                                  const struct place *place)
{
    text_puts(text, text->size == 0 ? "[" : ",");
    text_puts(text,
              place->now.node ? "{\"op\":\"replace\",\"path\":\"" : "{\"op\":\"add\",\"path\":\"");
    text_add(text, (struct slice){pointer->data, pointer->size});
    text_puts(text, "\",\"value\":");
    patch_write_value(text, place);
    text_putc(text, '}');
}

static void patch_point(struct text *pointer, const struct place *place)
{
    if (place->index >= 0) {
        text_putc(pointer, '/');
        text_integer(pointer, place->index);
    } else if (place->parent != NULL) {
        pointer_add_token(pointer, place->key);
    }
}

// `pointer` leads to the place's parent, and does so again afterwards.
static void patch_walk(struct text *text, struct text *pointer, const struct place *place)
{
    size_t parent = pointer->size;
    if (place->edits == 0)
        return;
    patch_point(pointer, place);
    if (place->action == ACTION_SET || !value_exists(place->now) || patch_removes_child(place))
        patch_write_operation(text, pointer, place);
    else
        for (const struct place *child = place->first_child; child; child = child->next_sibling)
            patch_walk(text, pointer, child);
    pointer->size = parent;
}

static int patch_begin(const struct plan *plan, const struct text *text, struct text *pointer,
                       struct error *error)
{
    if (plan_check(plan, error) < 0)
        return -1;
    text_init(pointer, plan->arena, text->limit);
    return plan_is_empty(plan) ? 0 : patch_check(plan->root, error);
}

static int patch_end(const struct text *text, const struct text *pointer, struct error *error)
{
    return text->failed || pointer->failed ? error_set(error, "the patch does not fit into memory")
                                           : 0;
}

int patch_write(const struct plan *plan, struct text *text, struct error *error)
{
    struct text pointer;
    if (patch_begin(plan, text, &pointer, error) < 0)
        return -1;
    if (plan_is_empty(plan))
        return 0;
    patch_walk(text, &pointer, plan->root);
    if (text->size > 0)
        text_putc(text, ']');
    return patch_end(text, &pointer, error);
}

// Whether nothing is left of the present value. A map with free keys stays, if empty, because
// others may write to it.
static bool patch_vanishes(const struct place *place)
{
    uint32_t gone = 0;
    if (place->action != ACTION_NONE || place->index >= 0 || place->parent == NULL ||
        value_type(place->now) != TAPE_OBJECT)
        return place->action == ACTION_REMOVE;
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->map_entry || (!value_exists(child->now) && child->edits > 0))
            return false;
        gone += child->now.node != 0 && patch_vanishes(child);
    }
    return gone > 0 && gone == value_count(place->now);
}

static void patch_operation(struct text *text, const char *operation, const struct text *pointer)
{
    text_puts(text, text->size == 0 ? "[" : ",");
    text_printf(text, "{\"op\":\"%s\",\"path\":\"", operation);
    text_add(text, (struct slice){pointer->data, pointer->size});
    text_putc(text, '"');
}

// The API server compares texts by their bytes, as Go writes JSON: with these characters escaped.
static void patch_as_go(struct text *text, struct slice json)
{
    for (size_t i = 0; i < json.size; i++) {
        unsigned char byte = (unsigned char)json.data[i];
        bool separator = byte == 0xe2 && i + 2 < json.size &&
                         (unsigned char)json.data[i + 1] == 0x80 &&
                         (json.data[i + 2] & ~1) == '\xa8';
        if (byte == '<' || byte == '>' || byte == '&')
            text_printf(text, "\\u%04x", byte);
        else if (separator)
            text_printf(text, "\\u202%x", (unsigned char)json.data[i + 2] & 0xf);
        else
            text_putc(text, (char)byte);
        i += separator ? 2 : 0;
    }
}

static void patch_write_test(struct text *text, const struct text *pointer,
                             const struct place *place)
{
    patch_operation(text, "test", pointer);
    text_puts(text, ",\"value\":");
    if (value_exists(place->now))
        patch_as_go(text, value_raw(place->now));
    else
        text_puts(text, "null");
    text_putc(text, '}');
}

static void patch_walk_tested(struct text *text, struct text *pointer, const struct place *place)
{
    size_t parent = pointer->size;
    if (place->edits == 0)
        return;
    patch_point(pointer, place);
    bool vanishes = patch_vanishes(place);
    if (vanishes || place->action == ACTION_SET || !value_exists(place->now)) {
        patch_write_test(text, pointer, place);
        patch_operation(text, vanishes ? "remove" : place->now.node ? "replace" : "add", pointer);
        if (!vanishes) {
            text_puts(text, ",\"value\":");
            patch_write_value(text, place);
        }
        text_putc(text, '}');
    } else {
        for (const struct place *child = place->first_child; child; child = child->next_sibling)
            patch_walk_tested(text, pointer, child);
    }
    pointer->size = parent;
}

static void patch_point_from_root(struct text *pointer, const struct place *place)
{
    if (place->parent != NULL)
        patch_point_from_root(pointer, place->parent);
    patch_point(pointer, place);
}

int patch_write_tested(const struct plan *plan, struct text *text,
                       const struct place *const *guards, struct error *error)
{
    struct text pointer;
    if (patch_begin(plan, text, &pointer, error) < 0)
        return -1;
    if (plan_is_empty(plan))
        return 0;
    for (; *guards != NULL; guards++) {
        pointer.size = 0;
        patch_point_from_root(&pointer, *guards);
        if (value_exists((*guards)->now))
            patch_write_test(text, &pointer, *guards);
    }
    pointer.size = 0;
    patch_walk_tested(text, &pointer, plan->root);
    text_putc(text, ']');
    return patch_end(text, &pointer, error);
}
