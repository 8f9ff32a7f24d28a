// Open addressing with linear steps, at most half full. It does not know its entries' contents.
#include "base/index.h"

#include <stdlib.h>

// FNV-1a over all parts, with a mark between them.
static uint64_t hash(struct index_name name)
{
    uint64_t sum = 14695981039346656037ULL;

    for (size_t i = 0; i < INDEX_PARTS; i++) {
        for (size_t k = 0; k < name.parts[i].size; k++)
            sum = (sum ^ (unsigned char)name.parts[i].data[k]) * 1099511628211ULL;
        sum = (sum ^ 0xff) * 1099511628211ULL;
    }
    return sum ^ (sum >> 32);
}

static bool same(struct index_name a, struct index_name b)
{
    for (size_t i = 0; i < INDEX_PARTS; i++) {
        if (!slice_equal(a.parts[i], b.parts[i]))
            return false;
    }
    return true;
}

static bool is_free(const struct index_entry *entry)
{
    return !entry->name.parts[0].data;
}

// The place where the name is, or where it would be added.
static struct index_entry *probe(const struct index *index, struct index_name name)
{
    size_t at = hash(name) & (index->capacity - 1);

    while (!is_free(&index->slots[at]) && !same(index->slots[at].name, name))
        at = (at + 1) & (index->capacity - 1);
    return &index->slots[at];
}

struct index_entry *index_find(const struct index *index, struct index_name name)
{
    struct index_entry *entry = index->capacity ? probe(index, name) : NULL;

    return entry && !is_free(entry) ? entry : NULL;
}

static bool grow(struct index *index)
{
    struct index larger = {.capacity = index->capacity ? index->capacity * 2 : 64};

    larger.slots = calloc(larger.capacity, sizeof(larger.slots[0]));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < index->capacity; i++) {
        if (!is_free(&index->slots[i]))
            *probe(&larger, index->slots[i].name) = index->slots[i];
    }
    larger.used = index->used;
    free(index->slots);
    *index = larger;
    return true;
}

struct index_entry *index_add(struct index *index, struct index_name name)
{
    struct index_entry *entry;

    if (index->used * 2 >= index->capacity && !grow(index))
        return NULL;
    if (!name.parts[0].data)
        name.parts[0] = SLICE("");
    entry = probe(index, name);
    if (is_free(entry)) {
        *entry = (struct index_entry){.name = name};
        index->used++;
    }
    return entry;
}

void index_clear(struct index *index)
{
    free(index->slots);
    *index = (struct index){0};
}
