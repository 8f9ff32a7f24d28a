// Sorts byte ranges. It does not know what they mean.
#include "manifest/splice.h"

#include <stdlib.h>

void splices_add(struct splices *splices, struct splice splice)
{
    if (!splice.text.data)
        splices->failed = true;
    if (splices->failed)
        return;
    if (splices->count == splices->capacity) {
        size_t capacity = splices->capacity ? splices->capacity * 2 : 32;
        struct splice *items = realloc(splices->items, capacity * sizeof(items[0]));
        if (!items) {
            splices->failed = true;
            return;
        }
        splices->items = items;
        splices->capacity = capacity;
    }
    splices->items[splices->count++] = splice;
}

// Sorts by place. At one place, insertions come first, with the higher rank before the lower. Then
// comes the widest range.
static int compare(const struct splice *a, const struct splice *b)
{
    bool a_inserts = a->start == a->end;
    bool b_inserts = b->start == b->end;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a_inserts != b_inserts)
        return a_inserts ? -1 : 1;
    if (a_inserts)
        return a->rank == b->rank ? 0 : a->rank > b->rank ? -1 : 1;
    return a->end == b->end ? 0 : a->end > b->end ? -1 : 1;
}

// A stable sort that is fast if the splices are nearly in order.
static void sort(struct splices *splices)
{
    for (size_t i = 1; i < splices->count; i++) {
        struct splice splice = splices->items[i];
        size_t k = i;
        for (; k > 0 && compare(&splices->items[k - 1], &splice) > 0; k--)
            splices->items[k] = splices->items[k - 1];
        splices->items[k] = splice;
    }
}

bool splices_settle(struct splices *splices)
{
    size_t kept = 0;

    sort(splices);
    for (size_t i = 0; i < splices->count; i++) {
        struct splice splice = splices->items[i];
        struct splice *last = kept ? &splices->items[kept - 1] : NULL;
        bool overlaps = last && last->start < last->end && splice.start < last->end;
        if (overlaps && splice.start == last->start && splice.end == last->end)
            *last = splice;
        else if (overlaps && splice.end > last->end)
            return false;
        else if (!overlaps)
            splices->items[kept++] = splice;
    }
    splices->count = kept;
    return !splices->failed;
}

// The first splice that does not start before `start`.
static size_t find(const struct splices *splices, uint32_t start)
{
    size_t low = 0;
    size_t high = splices->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (splices->items[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void splices_apply(const struct splices *splices, struct slice bytes, uint32_t start, uint32_t end,
                   struct text *text)
{
    uint32_t at = start;

    for (size_t i = find(splices, start); i < splices->count; i++) {
        const struct splice *splice = &splices->items[i];
        if (splice->end > end)
            break;
        text_add(text, (struct slice){bytes.data + at, splice->start - at});
        text_add(text, splice->text);
        at = splice->end;
    }
    text_add(text, (struct slice){bytes.data + at, end - at});
}

void splices_clear(struct splices *splices)
{
    free(splices->items);
    *splices = (struct splices){0};
}
