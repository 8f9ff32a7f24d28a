// Makes items from a policy's settings, and refuses bad ones.
#include "balancer/annotate.h"

#include "balancer/keys.h"
#include "base/arena.h"
#include "object/annotations.h"
#include "object/names.h"

enum {
    VALUE_SIZE_MAX = 16 * 1024,
    CHECK_MEMORY_MAX = 4 * 1024 * 1024, // for one rule's items, while a policy is read
};

static const char *const service_types[] = {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName",
                                            NULL};

// Conditions that a rule for Services may have, and a rule for pod templates may not.
#define WHEN_SERVICE                                                                               \
    {.key = "types", .type = SHAPE_STRINGS, .minimum = 1},                                         \
    {                                                                                              \
        .key = "loadBalancerClasses", .type = SHAPE_STRINGS, .minimum = 1                          \
    }
#define WHEN_ANY                                                                                   \
    {.key = "present", .type = SHAPE_STRINGS, .minimum = 1},                                       \
        {.key = "absent", .type = SHAPE_STRINGS, .minimum = 1},                                    \
    {                                                                                              \
        .key = NULL                                                                                \
    }
#define ITEM                                                                                       \
    {.key = "name", .type = SHAPE_STRING, .required = true, .minimum = 1},                         \
        {.key = "value", .type = SHAPE_STRING, .maximum = VALUE_SIZE_MAX},                         \
    {                                                                                              \
        .key = "merge", .type = SHAPE_STRING, .minimum = 1, .maximum = VALUE_SIZE_MAX              \
    }

const struct shape annotate_service_when[] = {WHEN_SERVICE, WHEN_ANY};
const struct shape annotate_pod_when[] = {WHEN_ANY};

static const struct shape service_item[] = {
    ITEM,
    {.key = "live", .type = SHAPE_BOOLEAN},
    {.key = "when", .type = SHAPE_OBJECT, .members = annotate_service_when},
    {.key = NULL},
};

static const struct shape pod_item[] = {
    ITEM,
    {.key = "when", .type = SHAPE_OBJECT, .members = annotate_pod_when},
    {.key = NULL},
};

const struct shape annotate_service_add[] = {
    {.key = "add", .type = SHAPE_LIST, .minimum = 1, .members = service_item},
    {.key = NULL},
};

const struct shape annotate_pod_add[] = {
    {.key = "add", .type = SHAPE_LIST, .minimum = 1, .members = pod_item},
    {.key = NULL},
};

static int read_strings(struct value list, struct arena *arena, struct slices *out)
{
    uint32_t count = value_count(list);
    struct slice *items = count > 0 ? arena_alloc(arena, count * sizeof(*items)) : NULL;

    *out = (struct slices){NULL, 0};
    if (count == 0)
        return 0;
    for (uint32_t i = 0; items && i < count; i++) {
        items[i] = value_string(value_item(list, i), arena);
        if (!items[i].data)
            return -1;
    }
    *out = (struct slices){items, items ? count : 0};
    return items ? 0 : -1;
}

static int read_when(struct value when, struct arena *arena, struct annotate_when *out)
{
    return read_strings(value_get(when, "types"), arena, &out->types) |
           read_strings(value_get(when, "loadBalancerClasses"), arena, &out->classes) |
           read_strings(value_get(when, "present"), arena, &out->present) |
           read_strings(value_get(when, "absent"), arena, &out->absent);
}

// `item` has the rule's own `when` and `live` already.
static int read_item(struct value from, struct arena *arena, struct annotate_item *item)
{
    struct value merge = value_get(from, "merge"), live = value_get(from, "live");
    struct value when = value_get(from, "when");

    item->name = value_string(value_get(from, "name"), arena);
    item->merge = value_exists(merge);
    item->value = value_string(item->merge ? merge : value_get(from, "value"), arena);
    if (value_exists(live))
        item->live = value_is_true(live);
    if (value_exists(when) && read_when(when, arena, &item->when) != 0)
        return -1;
    return item->name.data && item->value.data ? 0 : -1;
}

static int read_common(const struct annotate_source *source, struct tape *tape, struct arena *arena,
                       struct annotate_item *common)
{
    common->live = source->live;
    if (source->when.size == 0)
        return 0;
    if (tape_parse(tape, source->when, TAPE_FULL, NULL) != 0)
        return -1;
    return read_when(value_root(tape), arena, &common->when);
}

static int read_added(struct value added, const struct annotate_item *common, struct arena *arena,
                      struct annotate_list *list)
{
    for (struct value from = value_first(added); from.node; from = value_next(from)) {
        struct annotate_item *item = &list->items[list->count++];

        *item = *common;
        if (read_item(from, arena, item) != 0)
            return -1;
    }
    return 0;
}

int annotate_read(const struct annotate_source *source, struct tape *tape, struct arena *arena,
                  struct annotate_list *list)
{
    struct annotate_item common = {.merge = false};
    struct value added = {0};

    *list = (struct annotate_list){NULL, 0};
    if (read_common(source, tape, arena, &common) != 0)
        return -1;
    if (source->add.size > 0) {
        if (tape_parse(tape, source->add, TAPE_FULL, NULL) != 0)
            return -1;
        added = value_root(tape);
    }
    uint32_t count = source->set->count + value_count(added);

    list->items = count > 0 ? arena_alloc(arena, count * sizeof(*list->items)) : NULL;
    if (!list->items)
        return count > 0 ? -1 : 0;
    for (uint32_t i = 0; i < source->set->count; i++) {
        struct annotate_item *item = &list->items[list->count++];

        *item = common;
        item->literal = true;
        item->name = source->set->items[i].key;
        item->value = source->set->items[i].value;
    }
    return read_added(added, &common, arena, list);
}

// Another way to set the annotation. NULL: there is none.
static const char *better_said(struct slice key, bool service)
{
    const char *rule = balancer_rule(key);

    if (!service &&
        (slice_is(key, ANNOTATION_ISTIO_DRAIN) || slice_is(key, ANNOTATION_LINKERD_DRAIN) ||
         slice_is(key, ANNOTATION_DAPR_DRAIN)))
        return "the rule meshDrain";
    if (service && rule)
        return slice_is(slice_of(rule), "backendType") ? "the rule backendType"
                                                       : "the rule connectionDrain";
    return service && slice_starts_with(key, ALIBABA_LEGACY_PREFIX) ? "the prefix " ALIBABA_PREFIX
                                                                    : NULL;
}

static int refuse(struct error *error, const char *what, struct slice text, const char *why)
{
    return error_set(error, "%s: \"%.*s\" %s", what, text.size < 100 ? (int)text.size : 100,
                     text.data, why);
}

static int check_name(struct slice key, bool service, struct error *error)
{
    const char *better = better_said(key, service);
    int shown = key.size < 100 ? (int)key.size : 100;

    if (!names_is_qualified(key))
        return refuse(error, "annotation", key, "is not a valid annotation key");
    if (slice_starts_with(key, ANNOTATION_PREFIX))
        return refuse(error, "annotation", key, "is evenkeel's own");
    if (better)
        return error_set(error, "instead of \"%.*s\" use %s", shown, key.data, better);
    return 0;
}

// A word in braces that looks like a placeholder but is none would be written as it is.
static int check_placeholders(struct slice text, struct error *error)
{
    for (size_t i = 0; i < text.size; i++) {
        size_t end = i + 1;

        if (text.data[i] != '{')
            continue;
        while (end < text.size &&
               (text.data[end] == '_' || (text.data[end] >= 'a' && text.data[end] <= 'z')))
            end++;
        struct slice name = {text.data + i, end + 1 - i};

        if (end == i + 1 || end == text.size || text.data[end] != '}')
            continue;
        if (!run_is_placeholder(name) || slice_is(name, "{container}"))
            return refuse(error, "value", name, "is not a placeholder here");
    }
    return 0;
}

static int check_merge(struct slice list, struct error *error)
{
    while (list.size > 0) {
        const char *comma = memchr(list.data, ',', list.size);
        struct slice part = {list.data, comma ? (size_t)(comma - list.data) : list.size};
        size_t used = part.size + (comma ? 1 : 0);
        struct slice key, value;

        if (!slice_split(part, '=', &key, &value) || key.size == 0)
            return refuse(error, "merge", part, "is not key=value");
        list = (struct slice){list.data + used, list.size - used};
    }
    return 0;
}

static int check_keys(const struct slices *keys, struct error *error)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        struct slice text = keys->items[i];
        struct slice key = text, value;

        slice_split(text, '=', &key, &value);
        if (!names_is_qualified(key))
            return refuse(error, "when", text, "is neither an annotation's key nor key=value");
    }
    return 0;
}

static int check_when(const struct annotate_when *when, struct error *error)
{
    for (uint32_t i = 0; i < when->types.count; i++) {
        int known = 0;

        while (service_types[known] && !slice_is(when->types.items[i], service_types[known]))
            known++;
        if (!service_types[known])
            return refuse(error, "types", when->types.items[i], "is not a type of Services");
    }
    return check_keys(&when->present, error) < 0 ? -1 : check_keys(&when->absent, error);
}

static int check_item(const struct annotate_item *item, bool service, struct error *error)
{
    if (check_name(item->name, service, error) < 0 || check_when(&item->when, error) < 0)
        return -1;
    if (item->value.size > VALUE_SIZE_MAX)
        return error_set(error, "a value is longer than %d bytes", VALUE_SIZE_MAX);
    if (!item->literal && check_placeholders(item->value, error) < 0)
        return -1;
    return item->merge ? check_merge(item->value, error) : 0;
}

// Each item has one of the two. Without this check, the merge would win.
static int check_added(struct slice add, struct tape *tape, struct error *error)
{
    if (add.size == 0)
        return 0;
    if (tape_parse(tape, add, TAPE_FULL, error) != 0)
        return -1;
    for (struct value item = value_first(value_root(tape)); item.node; item = value_next(item))
        if (value_exists(value_get(item, "value")) == value_exists(value_get(item, "merge")))
            return error_set(error, "add: each item needs either value or merge");
    return 0;
}

int annotate_check(const struct annotate_source *source, bool service, struct error *error)
{
    struct arena *arena = arena_new(CHECK_MEMORY_MAX);
    struct annotate_list list = {NULL, 0};
    struct annotate_item common = {.merge = false};
    struct tape tape = {0};
    int result = -1;

    if (!arena) {
        error_set(error, "out of memory");
        goto done;
    }
    if (check_added(source->add, &tape, error) < 0)
        goto done;
    if (read_common(source, &tape, arena, &common) < 0 ||
        annotate_read(source, &tape, arena, &list) < 0) {
        error_set(error, "out of memory");
        goto done;
    }
    result = check_when(&common.when, error);
    for (uint32_t i = 0; result == 0 && i < list.count; i++)
        result = check_item(&list.items[i], service, error);
done:
    tape_clear(&tape);
    arena_free(arena);
    return result;
}
