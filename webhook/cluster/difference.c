// Walks through two documents side by side. It recurses at most DIFFERENCE_DEPTH_MAX deep.
#include "cluster/difference.h"

#include <stdlib.h>
#include <string.h>

#include "cluster/document.h"

enum { DIFFERENCE_DEPTH_MAX = 64, DIFFERENCE_PATH_MAX = 1024 };

struct walk {
    FILE *stream;
    json_t *changes;
    char path[DIFFERENCE_PATH_MAX];
    size_t size;
    unsigned depth, count;
};

static void walk_pair(struct walk *walk, const json_t *before, const json_t *after);

static void walk_print(const struct walk *walk, char sign, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    if (!text)
        return;
    fprintf(walk->stream, "%c %s: ", sign, walk->path);
    document_print(walk->stream, text);
    putc('\n', walk->stream);
    free(text);
}

static void walk_leaf(struct walk *walk, const json_t *before, const json_t *after)
{
    walk->count++;
    if (walk->changes) {
        json_array_append_new(walk->changes, json_pack("{s:s s:O? s:O?}", "path", walk->path,
                                                       "before", before, "after", after));
        return;
    }
    walk_print(walk, '-', before);
    walk_print(walk, '+', after);
}

// Goes to one member of the value at the path, and adds to the path: ".key", or "[name]" in a list.
static void walk_member(struct walk *walk, bool in_list, const char *name, const json_t *before,
                        const json_t *after)
{
    size_t size = walk->size;
    const char *open = in_list ? "[" : size > 0 ? "." : "";
    int added = snprintf(walk->path + size, sizeof(walk->path) - size, "%s%s%s", open, name,
                         in_list ? "]" : "");

    if (added > 0 && size + (size_t)added < sizeof(walk->path)) {
        walk->size += (size_t)added;
        walk_pair(walk, before, after);
    }
    walk->size = size;
    walk->path[size] = '\0';
}

static void walk_objects(struct walk *walk, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)before, key, value)
    {
        walk_member(walk, false, key, value, json_object_get(after, key));
    }
    json_object_foreach((json_t *)after, key, value)
    {
        if (!json_object_get(before, key))
            walk_member(walk, false, key, NULL, value);
    }
}

static json_t *walk_named(const json_t *list, const char *name)
{
    json_t *item;
    size_t index;

    json_array_foreach(list, index, item)
    {
        if (!strcmp(document_text(item, "name"), name))
            return item;
    }
    return NULL;
}

static bool walk_has_names(const json_t *list)
{
    json_t *item;
    size_t index;

    json_array_foreach(list, index, item)
    {
        if (!*document_text(item, "name"))
            return false;
    }
    return true;
}

static void walk_lists(struct walk *walk, const json_t *before, const json_t *after)
{
    json_t *item;
    size_t index;

    json_array_foreach(before, index, item)
    {
        const char *name = document_text(item, "name");
        walk_member(walk, true, name, item, walk_named(after, name));
    }
    json_array_foreach(after, index, item)
    {
        const char *name = document_text(item, "name");
        if (!walk_named(before, name))
            walk_member(walk, true, name, NULL, item);
    }
}

static void walk_pair(struct walk *walk, const json_t *before, const json_t *after)
{
    bool deep = walk->depth == DIFFERENCE_DEPTH_MAX;

    if (before && after && json_equal(before, after))
        return;
    walk->depth++;
    if (!deep && json_is_object(before) && json_is_object(after))
        walk_objects(walk, before, after);
    else if (!deep && json_is_array(before) && json_is_array(after) && walk_has_names(before) &&
             walk_has_names(after))
        walk_lists(walk, before, after);
    else
        walk_leaf(walk, before, after);
    walk->depth--;
}

unsigned difference(FILE *stream, json_t *changes, const json_t *before, const json_t *after)
{
    struct walk walk = {.stream = stream, .changes = changes};

    walk_pair(&walk, before, after);
    return walk.count;
}
