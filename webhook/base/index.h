// Finds what was noted under a name of up to three parts, whatever the number of names.
#ifndef EVENKEEL_BASE_INDEX_H
#define EVENKEEL_BASE_INDEX_H

#include "base/text.h"

enum { INDEX_PARTS = 3 };

// The parts that a name does not have are absent slices.
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

// The entry of this name; NULL: there is none.
struct index_entry *index_find(const struct index *index, struct index_name name);

// The same, added with zeroes where there was none; `name` must outlive the index. Earlier entries
// may move. NULL when memory is short.
struct index_entry *index_add(struct index *index, struct index_name name);

void index_clear(struct index *index);

#endif
