// Namespace objects among the input.
#include "preview/namespaces.h"

#include <stdlib.h>

#include "core/annotations.h"
#include "core/arena.h"
#include "core/value.h"
#include "manifest/split.h"

enum { NAME_MEMORY_MAX = 1024 * 1024 };

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

static int learn_object(struct namespaces *namespaces, const struct object *object,
                        struct arena *arena, struct error *error)
{
    struct tape tape = {0};
    struct value metadata;
    struct slice name;
    int result = 0;

    if (!slice_is(object->kind, "Namespace") || !slice_is(object->api_version, "v1"))
        return 0;
    if (tape_parse(&tape, object->json, TAPE_FULL, NULL) == 0) {
        metadata = value_get(value_root(&tape), "metadata");
        name = value_string(value_get(metadata, "name"), arena);
        if (name.size)
            result = add(
                namespaces, name,
                value_is(value_get(value_get(metadata, "labels"), ANNOTATION_INJECT), "enabled"),
                error);
    }
    tape_clear(&tape);
    arena_reset(arena);
    return result;
}

int namespaces_learn(struct namespaces *namespaces, struct slice file, struct error *error)
{
    struct splitter *splitter;
    struct arena *arena;
    struct object object;
    int found = 1;

    if (!file.size || !memmem(file.data, file.size, "Namespace", 9))
        return 0;
    splitter = splitter_new(file);
    arena = arena_new(NAME_MEMORY_MAX);
    if (!splitter || !arena)
        error_set(error, "memory is short");
    while (splitter && arena && found != 0 && !(error && error->set)) {
        struct error ignored = {0};
        found = splitter_next(splitter, &object, &ignored);
        if (found == 1)
            learn_object(namespaces, &object, arena, error);
    }
    arena_free(arena);
    splitter_free(splitter);
    return error && error->set ? -1 : 0;
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
