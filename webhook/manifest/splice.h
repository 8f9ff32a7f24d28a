// Edits of a text as byte ranges and what replaces them.
#ifndef EVENKEEL_MANIFEST_SPLICE_H
#define EVENKEEL_MANIFEST_SPLICE_H

#include "base/text.h"

struct splice {
    uint32_t start; // first byte that goes
    uint32_t end;   // behind the last one; equal to start: an insertion before it
    uint32_t rank;  // of insertions at one place the higher comes first
    struct slice text;
};

// Zeroed: none.
struct splices {
    struct splice *items; // owned
    size_t count;
    size_t capacity;
    bool failed; // memory was short; sticky
};

// Notes an edit; `text` is borrowed.
void splices_add(struct splices *splices, struct splice splice);

// Brings them in the text's order. Of two that replace the same bytes the later one stays, and what
// lies within another's range goes. False when two overlap, or memory was short: they cannot be
// used then.
bool splices_settle(struct splices *splices);

// Adds bytes[start, end) with the settled splices that lie in it to `text`.
void splices_apply(const struct splices *splices, struct slice bytes, uint32_t start, uint32_t end,
                   struct text *text);

// Frees the items, not the struct.
void splices_clear(struct splices *splices);

#endif
