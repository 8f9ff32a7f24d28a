// The tree of planned edits. It knows neither JSON Patch (patch.c) nor text (manifest/edit.c).
#include "plan/plan.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

static struct place *plan_place_new(struct plan *plan, struct place *parent, struct slice key)
{
    struct place *place = arena_alloc(plan->arena, sizeof(*place));
    if (place == NULL) {
        plan->failed = true;
        return NULL;
    }
    place->parent = parent;
    place->key = key;
    place->index = -1;
    if (parent == NULL)
        return place;
    place->in_template = parent->in_template;
    struct place **end = &parent->first_child;
    while (*end != NULL)
        end = &(*end)->next_sibling;
    *end = place;
    return place;
}

int plan_init(struct plan *plan, struct arena *arena, struct value object)
{
    *plan = (struct plan){.arena = arena};
    plan->root = plan_place_new(plan, NULL, (struct slice){NULL, 0});
    if (plan->root == NULL)
        return -1;
    plan->root->now = object;
    return 0;
}

static struct place *plan_child(struct place *parent, struct slice key, int32_t index)
{
    for (struct place *child = parent->first_child; child; child = child->next_sibling)
        if (child->index == index && (index >= 0 || slice_equal(child->key, key)))
            return child;
    return NULL;
}

struct place *plan_map_entry(struct plan *plan, struct place *parent, struct slice key)
{
    if (parent == NULL)
        return NULL;
    struct place *place = plan_child(parent, key, -1);
    if (place != NULL)
        return place;
    place = plan_place_new(plan, parent, key);
    if (place == NULL)
        return NULL;
    place->now = value_get_slice(parent->now, key);
    place->map_entry = true;
    return place;
}

// A path that was asked for before somebody said what the place is.
static void plan_forget_paths(struct place *place)
{
    place->path = (struct slice){NULL, 0};
    for (struct place *child = place->first_child; child; child = child->next_sibling)
        plan_forget_paths(child);
}

struct place *plan_member_slice(struct plan *plan, struct place *parent, struct slice key)
{
    struct place *place = plan_map_entry(plan, parent, key);
    if (place != NULL && place->map_entry) {
        place->map_entry = false;
        plan_forget_paths(place);
    }
    return place;
}

struct place *plan_item(struct plan *plan, struct place *list, uint32_t index, struct slice name)
{
    if (list == NULL)
        return NULL;
    struct place *place = plan_child(list, name, (int32_t)index);
    if (place != NULL)
        return place;
    place = plan_place_new(plan, list, name);
    if (place == NULL)
        return NULL;
    place->index = (int32_t)index;
    place->now = value_item(list->now, index);
    return place;
}

struct place *plan_path(struct plan *plan, struct place *from, const char *path)
{
    while (from != NULL && *path != '\0') {
        size_t size = strcspn(path, ".");
        from = plan_member_slice(plan, from, (struct slice){path, size});
        path += size + (path[size] == '.');
    }
    return from;
}

// After a second edit of a place, or an edit above or below another one, the result would depend on
// the order.
static bool plan_claim(struct plan *plan, struct place *place)
{
    bool taken = place->edits > 0;
    for (const struct place *at = place->parent; at && !taken; at = at->parent)
        taken = at->action != ACTION_NONE;
    if (taken && plan->excluded.data == NULL)
        plan->excluded = plan_path_text(plan, place);
    if (taken)
        plan->failed = true;
    for (struct place *at = place; at && !taken; at = at->parent)
        at->edits++;
    return !taken;
}

int plan_check(const struct plan *plan, struct error *error)
{
    if (plan->excluded.data != NULL)
        return error_set(error, "two edits at %.*s", (int)plan->excluded.size, plan->excluded.data);
    return plan->failed ? error_set(error, "memory is short") : 0;
}

void plan_set(struct plan *plan, struct place *place, struct slice json)
{
    if (place == NULL || json.data == NULL) {
        plan->failed = true;
        return;
    }
    if (!plan_claim(plan, place))
        return;
    place->action = ACTION_SET;
    place->json = json;
}

void plan_remove(struct plan *plan, struct place *place)
{
    if (place == NULL || place->now.node == 0)
        return;
    if (plan_claim(plan, place))
        place->action = ACTION_REMOVE;
}

void plan_remove_emptied(struct plan *plan, struct place *place)
{
    plan_remove(plan, place);
    if (place != NULL && place->action == ACTION_REMOVE)
        place->emptying = plan->emptying = true;
}

void plan_unset(struct place *place)
{
    if (place == NULL || place->action == ACTION_NONE)
        return;
    place->action = ACTION_NONE;
    place->emptying = false;
    for (struct place *at = place; at; at = at->parent)
        at->edits--;
}

// Whether nothing is left of the object at `place` but its braces.
static bool plan_is_emptied(const struct place *place)
{
    uint32_t gone = 0;
    if (place->parent == NULL || place->index >= 0)
        return false;
    for (const struct place *child = place->first_child; child; child = child->next_sibling) {
        if (child->edits > 0 && !child->emptying)
            return false;
        gone += child->emptying;
    }
    return gone > 0 && gone == value_count(place->now);
}

static void plan_prune_at(struct plan *plan, struct place *place)
{
    if (place->edits == 0 || place->action != ACTION_NONE)
        return;
    for (struct place *child = place->first_child; child; child = child->next_sibling)
        plan_prune_at(plan, child);
    if (!plan_is_emptied(place))
        return;
    for (struct place *child = place->first_child; child; child = child->next_sibling)
        plan_unset(child);
    plan_remove_emptied(plan, place);
}

void plan_prune(struct plan *plan)
{
    if (plan->emptying)
        plan_prune_at(plan, plan->root);
}

static bool plan_is_bracketed(const struct place *place)
{
    return place->map_entry || place->index >= 0;
}

// The name of the place below its parent. An item without a name uses its index.
static struct slice plan_path_step(const struct place *place, char (*digits)[12])
{
    if (place->index < 0 || place->key.size > 0)
        return place->key;
    return (struct slice){*digits, (size_t)snprintf(*digits, sizeof(*digits), "%d", place->index)};
}

// Bytes of the place's path; above PLAN_PATH_MAX where it is longer than that.
static size_t plan_path_size(const struct place *place)
{
    char digits[12];
    size_t size = 0;
    for (const struct place *at = place; at && at->parent && size <= PLAN_PATH_MAX; at = at->parent)
        size += plan_path_step(at, &digits).size +
                (plan_is_bracketed(at) ? 2 : at->parent->parent != NULL);
    return size;
}

// From the end on, as the place leads to its parents.
struct slice plan_path_text(struct plan *plan, struct place *place)
{
    char digits[12];
    if (place != NULL && place->path.data != NULL)
        return place->path;
    size_t size = plan_path_size(place);
    char *text = size <= PLAN_PATH_MAX ? arena_alloc_bytes(plan->arena, size + 1) : NULL;
    if (text == NULL)
        return (struct slice){NULL, 0};
    char *end = text + size;
    *end = '\0';
    for (const struct place *at = place; at && at->parent; at = at->parent) {
        struct slice step = plan_path_step(at, &digits);
        if (plan_is_bracketed(at))
            *--end = ']';
        end -= step.size;
        bytes_copy(end, step.data, step.size);
        if (plan_is_bracketed(at))
            *--end = '[';
        else if (end > text)
            *--end = '.';
    }
    struct slice path = {text, size};
    if (place != NULL)
        place->path = path;
    return path;
}

bool plan_has_path(const struct place *place)
{
    for (const struct place *at = place; at && at->parent; at = at->parent)
        if (plan_is_bracketed(at) &&
            (at->key.size == 0 || memchr(at->key.data, ']', at->key.size) != NULL))
            return false;
    return place != NULL && place->parent != NULL &&
           (place->path.data != NULL || plan_path_size(place) <= PLAN_PATH_MAX);
}

static struct place *plan_locate_in_brackets(struct plan *plan, struct place *from,
                                             struct slice key)
{
    if (value_type(from->now) != TAPE_ARRAY)
        return plan_map_entry(plan, from, key);
    uint32_t index = 0;
    struct value item = value_first(from->now);
    for (; item.node; item = value_next(item), index++)
        if (value_is_slice(value_get(item, "name"), key))
            return plan_item(plan, from, index, key);
    return NULL;
}

struct place *plan_locate(struct plan *plan, struct slice path)
{
    struct place *place = plan->root;
    const char *at = path.data;
    const char *end = path.data + path.size;
    for (int steps = 0; place != NULL && at < end; steps++) {
        bool bracketed = *at == '[';
        if (bracketed || (*at == '.' && at > path.data))
            at++;
        const char *from = at;
        while (at < end && (bracketed ? *at != ']' : *at != '.' && *at != '['))
            at++;
        struct slice key = {from, (size_t)(at - from)};
        if (key.size == 0 || (bracketed && at == end) || steps == PLAN_STEPS_MAX)
            return NULL;
        at += bracketed;
        place = bracketed ? plan_locate_in_brackets(plan, place, key)
                          : plan_member_slice(plan, place, key);
    }
    return place == plan->root ? NULL : place;
}
