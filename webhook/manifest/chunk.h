// Where the documents of a YAML stream begin. It does not read them, so a broken document does not
// hide the rest.
#ifndef EVENKEEL_MANIFEST_CHUNK_H
#define EVENKEEL_MANIFEST_CHUNK_H

#include "base/text.h"

// One stretch of a stream: from its `---` line (the first: from the start) to the next `---` line.
// A document that ends in `...` may have another behind it in the same chunk.
struct chunk {
    size_t start;
    size_t end;
    uint32_t line; // of its start, from 1
};

// A walk over a stream; `bytes` set and the rest zeroed: at its start.
struct chunks {
    struct slice bytes;
    size_t at;
    uint32_t lines; // that lie before `at`
};

// The next chunk; false when there is none. Chunks lie side by side and cover the whole stream.
bool chunks_next(struct chunks *chunks, struct chunk *chunk);

// The first offset from `at` on that is no white space, at most the chunk's end.
size_t chunk_skip_space(const struct chunk *chunk, struct slice bytes, size_t at);

// The offset behind the JSON value that starts at `at`, found by its brackets alone; the chunk's
// end when they do not match.
size_t chunk_json_end(const struct chunk *chunk, struct slice bytes, size_t at);

#endif
