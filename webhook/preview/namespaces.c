// Namespace objects among the input.
#include "preview/namespaces.h"

#include <stdlib.h>

#include "object/annotations.h"
#include "json/value.h"

struct namespace_label {
    char *name;
    bool enabled;
};

static int add(struct namespaces *namespaces, struct slice name, bool enabled, struct error *error)
{
    char *copy = strndup(name.data, name.size);

    if (copy && namespaces->count == namespaces->capacity) {
        size_t capacity = namespaces->capacity ? namespaces->capacity * 2 : 16;
        struct namespace_label *items = realloc(namespaces->items, capacity * sizeof(items[0]));
        if (items) {
            namespaces->items = items;
            namespaces->capacity = capacity;
        }
    }
    if (!copy || namespaces->count == namespaces->capacity) {
        free(copy);
        return error_set(error, "memory is short");
    }
    namespaces->items[namespaces->count++] = (struct namespace_label){copy, enabled};
    return 0;
}

int namespaces_learn(struct namespaces *namespaces, const struct object *object,
                     struct arena *arena, struct error *error)
{
    struct tape tape = {0};
    struct value metadata;
    struct slice name;
    int result = 0;

    if (!slice_is(object->kind, "Namespace") || !slice_is(object->api_version, "v1"))
        return 0;
    if (tape_parse(&tape, object->json, TAPE_FULL, error))
        return -1;
    metadata = value_get(value_root(&tape), "metadata");
    name = value_string(value_get(metadata, "name"), arena);
    if (name.size)
        result =
            add(namespaces, name,
                value_is(value_get(value_get(metadata, "labels"), ANNOTATION_INJECT), "enabled"),
                error);
    tape_clear(&tape);
    return result;
}

bool namespaces_excludes(const struct namespaces *namespaces, struct slice name)
{
    bool excluded = false;

    for (size_t i = 0; i < namespaces->count; i++) {
        if (slice_is(name, namespaces->items[i].name))
            excluded = !namespaces->items[i].enabled;
    }
    return excluded;
}

void namespaces_clear(struct namespaces *namespaces)
{
    for (size_t i = 0; i < namespaces->count; i++)
        free(namespaces->items[i].name);
    free(namespaces->items);
    *namespaces = (struct namespaces){0};
}
