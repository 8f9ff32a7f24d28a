// Finds where the documents of a YAML stream begin. It does not read them, so a broken document
// does not hide the rest.
#ifndef EVENKEEL_MANIFEST_CHUNK_H
#define EVENKEEL_MANIFEST_CHUNK_H

#include "base/text.h"

// One part of a stream, from its `---` line to the next `---` line. The first chunk begins at the
// stream's start. If a document ends in `...`, another may follow in the same chunk.
struct chunk {
    size_t start;
    size_t end;
    uint32_t line; // the line of its start, from 1
};

// A walk over a stream. To start, set `bytes` and zero the rest.
struct chunks {
    struct slice bytes;
    size_t at;
    uint32_t lines; // number of lines before `at`
};

// Gives the next chunk. False when there is none. The chunks touch each other and cover the whole
// stream.
bool chunks_next(struct chunks *chunks, struct chunk *chunk);

// Returns the first offset from `at` on that has no white space, or the chunk's end.
size_t chunk_skip_space(const struct chunk *chunk, struct slice bytes, size_t at);

// Returns the offset after the JSON value that starts at `at`. It only counts brackets. If they do
// not match, it returns the chunk's end.
size_t chunk_json_end(const struct chunk *chunk, struct slice bytes, size_t at);

#endif
