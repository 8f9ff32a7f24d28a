// Memory that is freed as a whole: that of one request, or of one policy. Under ASan every
// allocation is its own malloc, so that an over-read is found.
#ifndef EVENKEEL_BASE_ARENA_H
#define EVENKEEL_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

// A new arena that hands out at most `limit` bytes between resets; NULL when memory is short.
struct arena *arena_new(size_t limit);

// `size` bytes, zeroed, aligned for any type; NULL at the limit or when memory is short. The arena
// owns them. A size of 0 gives a valid pointer.
void *arena_alloc(struct arena *arena, size_t size);

// The same without zeroing: for bytes that are written before they are read.
void *arena_alloc_bytes(struct arena *arena, size_t size);

// Whether an allocation failed since the arena was made or reset: then what was built in it may
// lack something.
bool arena_was_short(const struct arena *arena);

// Forgets every allocation; keeps up to 256 KiB of memory for the next use and gives the rest back.
void arena_reset(struct arena *arena);

// Frees the arena and all that it handed out; NULL is fine.
void arena_free(struct arena *arena);

#endif
