// Keeps names as texts: what a decision points to is gone with the next object.
#include "preview/names.h"

#include <stdio.h>
#include <stdlib.h>

#include "preview/decide.h"

void names_add(struct names *names, const struct decision *decision)
{
    const struct object *object = decision->object;
    size_t capacity = names->count == names->capacity ? 2 * names->capacity + 16 : names->capacity;
    struct name *items = realloc(names->items, capacity * sizeof(*items));
    char *text;

    if (!items)
        return;
    names->items = items;
    names->capacity = capacity;
    if (asprintf(&text, "%.*s/%.*s/%.*s", (int)object->kind.size, object->kind.data,
                 (int)decision->namespace.size, decision->namespace.data, (int)decision->name.size,
                 decision->name.data ? decision->name.data : "") < 0)
        return;
    for (char *byte = text; *byte; byte++)
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = '?';
    names->items[names->count++] = (struct name){object->start, text};
}

const char *names_at(const struct names *names, uint32_t at)
{
    size_t low = 0, high = names->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->items[middle].start <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? names->items[low - 1].text : NULL;
}

void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i].text);
    free(names->items);
    *names = (struct names){0};
}
