// A file that holds neither word is not even split.
#include "preview/learn.h"

#include "core/arena.h"

enum { LEARN_MEMORY_MAX = 1024 * 1024 };

static bool has(struct slice file, const char *word)
{
    return file.size && memmem(file.data, file.size, word, strlen(word));
}

int learn_file(struct namespaces *namespaces, struct services *services, const char *name,
               struct slice file, struct slice namespace, struct error *error)
{
    struct splitter *splitter;
    struct arena *arena;
    struct object object;
    int found = 1;
    int result = 0;

    if (!has(file, "Namespace") && !has(file, "Service"))
        return 0;
    splitter = splitter_new(file);
    arena = arena_new(LEARN_MEMORY_MAX);
    if (!splitter || !arena)
        result = error_set(error, "memory is short");
    while (result == 0 && found != 0) {
        struct error ignored = {0};
        found = splitter_next(splitter, &object, &ignored);
        if (found != 1)
            continue;
        result = namespaces_learn(namespaces, &object, arena, error);
        if (result == 0)
            result = services_learn(services, name, &object,
                                    namespace.size ? namespace : SLICE("default"), error);
        arena_reset(arena);
    }
    arena_free(arena);
    splitter_free(splitter);
    return result;
}
