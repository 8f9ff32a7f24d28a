// Memory that is freed as a whole, such as the memory of one request or one policy. Under ASan
// every allocation is its own malloc, so ASan finds reads past its end.
#ifndef EVENKEEL_BASE_ARENA_H
#define EVENKEEL_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

// Makes an arena that hands out at most `limit` bytes between resets. NULL when memory is short.
struct arena *arena_new(size_t limit);

// Returns `size` bytes, zeroed and aligned for any type. NULL at the limit or when memory is short.
// The arena owns them. A size of 0 gives a valid pointer.
void *arena_alloc(struct arena *arena, size_t size);

// The same without zeroing, for bytes that are written before they are read.
void *arena_alloc_bytes(struct arena *arena, size_t size);

// Whether an allocation has failed since the arena was made or reset. If so, data in it may be
// incomplete.
bool arena_was_short(const struct arena *arena);

// Forgets every allocation. Keeps up to 256 KiB of memory for the next use and frees the rest.
void arena_reset(struct arena *arena);

// Frees the arena and everything in it. NULL is fine.
void arena_free(struct arena *arena);

#endif
