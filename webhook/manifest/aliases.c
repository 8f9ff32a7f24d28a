// Only sorts. edit.c knows what an alias means for an edit.
#include "manifest/aliases.h"

#include <stdlib.h>

#include "base/arena.h"

struct alias {
    uint32_t target;
    uint32_t node;
};

static int compare(const void *left, const void *right)
{
    const struct alias *a = left;
    const struct alias *b = right;

    return a->target == b->target ? 0 : a->target < b->target ? -1 : 1;
}

const uint32_t *aliases_list(const struct yaml_document *document, uint32_t count,
                             struct arena *arena)
{
    struct alias *sorted = arena_alloc(arena, count * sizeof(sorted[0]));
    uint32_t *nodes = arena_alloc(arena, count * sizeof(nodes[0]));
    uint32_t found = 0;

    if (!sorted || !nodes)
        return NULL;
    for (uint32_t i = 0; found < count; i++) {
        if (document->nodes[i].type == YAML_ALIAS)
            sorted[found++] = (struct alias){document->nodes[i].target, i};
    }
    if (count > 0)
        qsort(sorted, count, sizeof(sorted[0]), compare);
    for (uint32_t i = 0; i < count; i++)
        nodes[i] = sorted[i].node;
    return nodes;
}
