// Writes a template in a form that does not depend on the order of members, and hashes it.
#include "object/template_hash.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "object/variables.h"

enum {
    CANONICAL_SIZE_MAX = 16 * 1024 * 1024,
    QUICK_ROOM = 16 * 1024, // mostly enough for a template without its long lists
};

// Values that evenkeel wrote, by their nodes on the object's tape.
struct ours {
    const uint32_t *nodes;
    uint32_t count;
};

struct member {
    struct slice key; // decoded
    struct value value;
};

static bool template_is_ours(const struct ours *ours, struct value value)
{
    for (uint32_t i = 0; i < ours->count; i++)
        if (ours->nodes[i] == value.node)
            return true;
    return false;
}

static int template_compare(const void *a, const void *b)
{
    struct slice left = ((const struct member *)a)->key, right = ((const struct member *)b)->key;
    size_t shorter = left.size < right.size ? left.size : right.size;
    int order = memcmp(left.data, right.data, shorter);
    return order != 0 ? order : (left.size > right.size) - (left.size < right.size);
}

typedef bool template_writer(struct text *text, struct value value, const struct ours *ours);
static template_writer template_write;

// Whether a member counts as absent: evenkeel wrote it, or it is a grace period at the API's
// default.
static bool template_leaves_out(const struct ours *ours, struct value member, bool grace)
{
    return template_is_ours(ours, member) || (grace && slice_is(value_raw(member), "30"));
}

// Decoded first: the API writes "&" as "\u0026", and evenkeel plans it as it is.
static struct slice template_string(struct text *text, struct value string)
{
    struct slice decoded = value_string(string, text->arena);
    if (decoded.data == NULL)
        text_fail(text);
    return decoded;
}

// Writes `key:value`, or nothing where the value counts as absent.
static void template_write_member(struct text *text, const struct member *member, bool *first,
                                  const struct ours *ours)
{
    size_t before = text->size;
    if (template_leaves_out(ours, member->value,
                            slice_is(member->key, "terminationGracePeriodSeconds")))
        return;
    if (!*first)
        text_putc(text, ',');
    text_json_string(text, member->key);
    text_putc(text, ':');
    if (template_write(text, member->value, ours))
        *first = false;
    else
        text->size = before;
}

static bool template_write_object(struct text *text, struct value object, const struct ours *ours)
{
    uint32_t count = 0;
    struct member *members = arena_alloc(text->arena, value_count(object) * sizeof(struct member));
    bool first = true;
    if (members == NULL) {
        text_fail(text);
        return true;
    }
    for (struct value item = value_first(object); item.node; item = value_next(item))
        members[count++] = (struct member){template_string(text, value_key(item)), item};
    qsort(members, count, sizeof(*members), template_compare);
    text_putc(text, '{');
    for (uint32_t i = 0; i < count; i++)
        template_write_member(text, &members[i], &first, ours);
    text_putc(text, '}');
    return !first;
}

// Adds variables from `start` to `end`, and a comma.
static const char *template_copy(struct text *text, const char *start, const char *end)
{
    if (start != NULL) {
        text_add(text, (struct slice){start, (size_t)(end - start)});
        text_putc(text, ',');
    }
    return NULL;
}

// A list of environment variables may be long. What has the form that the API server writes is
// copied as it is, for it is sorted and has no escapes.
static void template_write_array(struct text *text, struct value array, const struct ours *ours)
{
    struct variables walk = variables_of(array, text->arena);
    struct variable variable;
    enum variables_step step;
    const char *start = NULL, *end = NULL;

    text_putc(text, '[');
    while ((step = variables_step(&walk, &variable)) != VARIABLES_END) {
        if (step == VARIABLES_PLAIN) {
            struct slice raw = variable_raw(&variable);
            start = start != NULL ? start : raw.data;
            end = raw.data + raw.size;
            continue;
        }
        start = template_copy(text, start, end);
        if (!template_write(text, walk.item, ours))
            text_puts(text, "null");
        text_putc(text, ',');
    }
    template_copy(text, start, end);
    text_putc(text, ']');
}

// False where the value counts as absent: null, or an object with nothing in it.
static bool template_write(struct text *text, struct value value, const struct ours *ours)
{
    if (slice_starts_with(value_raw(value), "[{")) { // not opened where it can be copied
        template_write_array(text, value, ours);
        return true;
    }
    switch (value_type(value)) {
    case TAPE_OBJECT:
        return template_write_object(text, value, ours);
    case TAPE_ARRAY:
        template_write_array(text, value, ours);
        return true;
    case TAPE_NULL:
    case TAPE_NONE:
        return false;
    case TAPE_STRING:
        text_json_string(text, template_string(text, value));
        return true;
    default:
        text_add(text, value_raw(value));
        return true;
    }
}

// What one of the two writers makes of the template. `room`: bytes that are mostly enough, so that
// nothing is copied twice. {NULL, 0} if memory is short.
static struct slice template_text(struct value template, const struct ours *ours,
                                  struct arena *arena, template_writer *write, size_t room)
{
    struct text text;
    text_init(&text, arena, CANONICAL_SIZE_MAX);
    text_reserve(&text, room);
    write(&text, template, ours);
    return text_slice(&text);
}

static int template_digest(char *digits, struct value template, const struct ours *ours,
                           struct arena *arena)
{
    struct slice canonical =
        template_text(template, ours, arena, template_write, value_raw(template).size);
    return canonical.data != NULL ? hash_sha256_hex(canonical, digits) : -1;
}

// Whether a member's value is hashed without a look at it: long lists, which evenkeel writes
// nothing into.
static bool template_is_bulk(struct slice quoted)
{
    return slice_is(quoted, "\"env\"") || slice_is(quoted, "\"volumeMounts\"");
}

// A value as it is written, but for a string with escapes: "&" may be one.
static void template_copy_scalar(struct text *text, struct value value)
{
    if (value_is_escaped(value))
        text_json_string(text, template_string(text, value));
    else
        text_add(text, value_raw(value));
}

static template_writer template_write_quickly;

// A long list's hash stands for it: a copy of 500 KB in new memory took longer than the rest of a
// review. One with escapes is first written as evenkeel would write it.
static void template_write_bulk(struct text *text, struct value list)
{
    char digits[HASH_HEX_SIZE];
    struct slice bulk = value_raw(list);
    size_t before = text->size;

    if (memchr(bulk.data, '\\', bulk.size)) {
        template_write_quickly(text, list, NULL);
        bulk = (struct slice){text->data + before, text->size - before};
    }
    hash_quick_hex(bulk, digits);
    text->size = before;
    text_add(text, slice_of(digits));
}

// The same with members in the order in which they stand: one API server writes both of the
// templates that are compared. Without `ours`, nothing is left out. False where the value counts as
// absent.
static bool template_write_quickly(struct text *text, struct value value, const struct ours *ours)
{
    enum tape_type type = value_type(value);
    bool object = type == TAPE_OBJECT, any = false;

    if (!object && type != TAPE_ARRAY) {
        template_copy_scalar(text, value);
        return type > TAPE_NULL || ours == NULL;
    }
    text_putc(text, object ? '{' : '[');
    for (struct value item = value_first(value); item.node; item = value_next(item)) {
        struct slice key = value_raw(value_key(item));
        size_t before = text->size;
        bool there = true;

        if (object && ours != NULL &&
            template_leaves_out(ours, item, slice_is(key, "\"terminationGracePeriodSeconds\"")))
            continue;
        if (any)
            text_putc(text, ',');
        if (object) {
            template_copy_scalar(text, value_key(item));
            text_putc(text, ':');
        }
        if (object && template_is_bulk(key))
            template_write_bulk(text, item);
        else
            there = template_write_quickly(text, item, ours) || !object;
        any = any || there;
        if (!there)
            text->size = before;
    }
    text_putc(text, object ? '}' : ']');
    return !object || any || ours == NULL;
}

// The nodes of the values that evenkeel wrote according to `record`, if they are unchanged. What
// somebody added to a value is theirs. `nodes` has room for all.
static void template_find_ours(struct plan *plan, struct value record, uint32_t *nodes,
                               uint32_t *count)
{
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct place *place = plan_locate(plan, value_string(value_key(entry), plan->arena));
        if (place != NULL && place->now.node != 0 && value_equal(entry, place->now))
            nodes[(*count)++] = place->now.node;
    }
}

// The values of all records. One node of room is left. False if memory is short.
static bool template_collect(struct ours *ours, uint32_t **nodes, struct value object,
                             const struct value *records, uint32_t count, struct arena *arena)
{
    struct plan plan;
    uint32_t room = 1;
    for (uint32_t i = 0; i < count; i++)
        room += value_count(records[i]);
    *nodes = arena_alloc(arena, room * sizeof(**nodes));
    *ours = (struct ours){*nodes, 0};
    if (*nodes == NULL || plan_init(&plan, arena, object) < 0)
        return false;
    for (uint32_t i = 0; i < count; i++)
        template_find_ours(&plan, records[i], *nodes, &ours->count);
    return !plan.failed;
}

int template_hash(struct template_hashes *hashes, struct value object, struct value record,
                  struct arena *arena)
{
    struct ours none = {NULL, 0}, ours;
    uint32_t *nodes;
    struct value template = value_get(value_get(object, "spec"), "template");
    struct value annotations = value_get(value_get(template, "metadata"), "annotations");
    struct value restarted = value_get(annotations, "kubectl.kubernetes.io/restartedAt");
    if (!template_collect(&ours, &nodes, object, &record, 1, arena) ||
        template_digest(hashes->own, template, &ours, arena) < 0)
        return -1;
    memcpy(hashes->unrestarted, hashes->own, sizeof(hashes->own));
    nodes[ours.count++] = restarted.node;
    if (value_exists(restarted) && template_digest(hashes->unrestarted, template, &ours, arena) < 0)
        return -1;
    return template_digest(hashes->exact, template, &none, arena);
}

int template_hash_without(char *digits, struct value object, const struct value *records,
                          uint32_t count, struct arena *arena)
{
    struct ours ours;
    uint32_t *nodes;
    struct value template = value_get(value_get(object, "spec"), "template");
    struct slice text;
    if (!template_collect(&ours, &nodes, object, records, count, arena))
        return -1;
    size_t size = value_raw(template).size;
    text = template_text(template, &ours, arena, template_write_quickly,
                         size < QUICK_ROOM ? size : QUICK_ROOM);
    if (text.data == NULL)
        return -1;
    hash_quick_hex(text, digits);
    return 0;
}
