// Hands out chunks from malloc from front to back. Under ASan there are no chunks: each allocation
// is its own malloc, so ASan sees every read or write past its end.
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_SIZE = 64 * 1024,
    KEEP_SIZE = 256 * 1024, // how much arena_reset() keeps
};

struct chunk {
    struct chunk *next;
    size_t size; // of data
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    size_t limit;
    size_t handed_out;
    bool was_short;
    struct chunk *chunks; // the one being filled first
    struct chunk *spare;  // empty ones, kept by arena_reset()
};

struct arena *arena_new(size_t limit)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (arena)
        arena->limit = limit;
    return arena;
}

static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = malloc(sizeof(*chunk) + size);

    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->used = 0;
    return chunk;
}

#ifdef __SANITIZE_ADDRESS__

static struct chunk *chunk_for(struct arena *arena, size_t size)
{
    (void)arena;
    return chunk_new(size);
}

#else

static struct chunk *spare_take(struct arena *arena, size_t size)
{
    for (struct chunk **link = &arena->spare; *link; link = &(*link)->next) {
        struct chunk *chunk = *link;

        if (chunk->size >= size) {
            *link = chunk->next;
            return chunk;
        }
    }
    return NULL;
}

static struct chunk *chunk_for(struct arena *arena, size_t size)
{
    struct chunk *chunk = spare_take(arena, size);

    return chunk ? chunk : chunk_new(size > CHUNK_SIZE ? size : CHUNK_SIZE);
}

#endif

static size_t round_up(size_t size)
{
#ifdef __SANITIZE_ADDRESS__
    return size;
#else
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
#endif
}

static void *arena_refuse(struct arena *arena)
{
    arena->was_short = true;
    return NULL;
}

bool arena_was_short(const struct arena *arena)
{
    return arena->was_short;
}

void *arena_alloc_bytes(struct arena *arena, size_t size)
{
    size_t charge = size ? size : 1;
    size_t taken = round_up(charge);
    struct chunk *chunk = arena->chunks;

    // The second limit keeps the sums of sizes below from overflowing.
    if (charge > arena->limit - arena->handed_out || charge > SIZE_MAX / 2)
        return arena_refuse(arena);
    if (!chunk || chunk->size - chunk->used < taken) {
        chunk = chunk_for(arena, taken);
        if (!chunk)
            return arena_refuse(arena);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    void *bytes = chunk->data + chunk->used;

    chunk->used += taken;
    arena->handed_out += charge;
    return bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *bytes = arena_alloc_bytes(arena, size);

    return bytes ? memset(bytes, 0, size) : NULL;
}

static void chunks_free(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

#ifdef __SANITIZE_ADDRESS__

static void chunks_retire(struct arena *arena)
{
    chunks_free(arena->chunks);
}

#else

// Keeps `chunk` as a spare if KEEP_SIZE has room for it, else frees it.
static void chunk_keep(struct arena *arena, struct chunk *chunk, size_t *kept)
{
    if (chunk->size > KEEP_SIZE - *kept) {
        free(chunk);
        return;
    }
    *kept += chunk->size;
    chunk->used = 0;
    chunk->next = arena->spare;
    arena->spare = chunk;
}

static void chunks_retire(struct arena *arena)
{
    size_t kept = 0;

    for (struct chunk *spare = arena->spare; spare; spare = spare->next)
        kept += spare->size;
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        chunk_keep(arena, chunk, &kept);
    }
}

#endif

void arena_reset(struct arena *arena)
{
    chunks_retire(arena);
    arena->chunks = NULL;
    arena->handed_out = 0;
    arena->was_short = false;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    chunks_free(arena->chunks);
    chunks_free(arena->spare);
    free(arena);
}
