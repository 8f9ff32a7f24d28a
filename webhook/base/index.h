// Finds the entry of a name of up to three parts. It stays fast with many names.
#ifndef EVENKEEL_BASE_INDEX_H
#define EVENKEEL_BASE_INDEX_H

#include "base/text.h"

enum { INDEX_PARTS = 3 };

// If a name has fewer parts, the others are absent slices.
struct index_name {
    struct slice parts[INDEX_PARTS];
};

struct index_entry {
    struct index_name name; // borrowed
    size_t count;           // the caller's
    void *first;            // the caller's
    void *last;             // the caller's
};

// Zeroed: empty.
struct index {
    struct index_entry *slots; // owned
    size_t capacity;           // a power of two, or 0
    size_t used;
};

// Returns the entry of this name. NULL when there is none.
struct index_entry *index_find(const struct index *index, struct index_name name);

// The same, but adds a zeroed entry if there was none. `name` must outlive the index. Earlier
// entries may move. NULL when memory is short.
struct index_entry *index_add(struct index *index, struct index_name name);

void index_clear(struct index *index);

#endif
