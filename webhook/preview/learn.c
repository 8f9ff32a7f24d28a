// A document that holds neither word is not even read.
#include "preview/learn.h"

#include "base/arena.h"
#include "manifest/chunk.h"

enum { LEARN_MEMORY_MAX = 1024 * 1024 };

// Whether the kind may be in `text`: the word, and not as the start of a longer one, except that of
// a list. Most texts with "Service" mean a ServiceAccount.
static bool has(struct slice text, const char *word)
{
    size_t size = strlen(word);

    while (text.size >= size) {
        const char *found = memmem(text.data, text.size, word, size);
        size_t at = found ? (size_t)(found - text.data) + size : text.size;
        struct slice rest = slice_skip(text, at);
        bool longer = rest.size > 0 && byte_is_letter(rest.data[0]);
        if (found && (!longer || slice_starts_with(rest, "List")))
            return true;
        text = rest;
    }
    return false;
}

struct learner {
    struct namespaces *namespaces;
    struct services *services;
    const char *file;
    struct slice namespace;
    struct arena *arena;
};

static int learn_object(const struct learner *learner, const struct object *object,
                        struct error *error)
{
    int result = namespaces_learn(learner->namespaces, object, learner->arena, error);

    if (result == 0)
        result =
            services_learn(learner->services, learner->file, object, learner->namespace, error);
    arena_reset(learner->arena);
    return result;
}

// `line`: how many of the file's lines lie before `text`.
static int learn_text(const struct learner *learner, struct slice text, uint32_t line,
                      struct error *error)
{
    struct splitter *splitter = splitter_new(text);
    struct object object;
    int found = 1;
    int result = splitter ? 0 : error_set(error, "memory is short");

    while (result == 0 && found != 0) {
        struct error ignored = {0};
        found = splitter_next(splitter, &object, &ignored);
        if (found != 1)
            continue;
        object.line += line;
        result = learn_object(learner, &object, error);
    }
    splitter_free(splitter);
    return result;
}

int learn_file(struct namespaces *namespaces, struct services *services, const char *name,
               struct slice file, struct slice namespace, struct error *error)
{
    struct learner learner = {namespaces, services, name, namespace, NULL};
    struct chunks chunks = {.bytes = file};
    struct chunk chunk;
    int result = 0;

    if (!namespace.size)
        learner.namespace = SLICE("default");
    learner.arena = arena_new(LEARN_MEMORY_MAX);
    if (!learner.arena)
        return error_set(error, "memory is short");
    while (result == 0 && chunks_next(&chunks, &chunk)) {
        struct slice text = {file.data + chunk.start, chunk.end - chunk.start};
        if (has(text, "Namespace") || has(text, "Service"))
            result = learn_text(&learner, text, chunk.line - 1, error);
    }
    arena_free(learner.arena);
    return result;
}
