// Edits of a text: byte ranges, and the text that replaces them.
#ifndef EVENKEEL_MANIFEST_SPLICE_H
#define EVENKEEL_MANIFEST_SPLICE_H

#include "base/text.h"

struct splice {
    uint32_t start; // first byte that is removed
    uint32_t end;   // after the last one; equal to start: an insertion before it
    uint32_t rank;  // if two insertions are at one place, the higher rank comes first
    struct slice text;
};

// Zeroed: none.
struct splices {
    struct splice *items; // owned
    size_t count;
    size_t capacity;
    bool failed; // memory was short; stays set
};

// Notes an edit. `text` is borrowed.
void splices_add(struct splices *splices, struct splice splice);

// Sorts the edits by their place in the text. If two edits replace the same bytes, the later one
// wins. An edit inside another's range is dropped. False when two overlap or memory was short: the
// splices cannot be used then.
bool splices_settle(struct splices *splices);

// Adds bytes[start, end) to `text`, with the settled splices in that range applied.
void splices_apply(const struct splices *splices, struct slice bytes, uint32_t start, uint32_t end,
                   struct text *text);

// Frees the items, not the struct.
void splices_clear(struct splices *splices);

#endif
