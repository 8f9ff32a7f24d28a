// Namespace objects among the input.
#include "preview/namespaces.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "json/value.h"

enum { NAMES_MEMORY_MAX = 256 * 1024 * 1024 };

// Of several with one name the last counts, as it is applied last.
static int add(struct namespaces *namespaces, struct slice name, bool enabled, struct error *error)
{
    struct index_entry *entry = NULL;
    struct slice copy = {0};

    if (!namespaces->names)
        namespaces->names = arena_new(NAMES_MEMORY_MAX);
    if (namespaces->names)
        copy = slice_copy(namespaces->names, name);
    if (copy.data)
        entry = index_add(&namespaces->index, (struct index_name){{copy}});
    if (!entry)
        return error_set(error, "memory is short");
    entry->count = enabled;
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
    const struct index_entry *entry = index_find(&namespaces->index, (struct index_name){{name}});

    return entry && !entry->count;
}

void namespaces_clear(struct namespaces *namespaces)
{
    index_clear(&namespaces->index);
    arena_free(namespaces->names);
    *namespaces = (struct namespaces){0};
}
