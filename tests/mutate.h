// Mutates JSON texts, in the same way in each run. It changes, removes and inserts bytes, pieces of
// grammar, and parts of another text.
#ifndef EVENKEEL_TESTS_MUTATE_H
#define EVENKEEL_TESTS_MUTATE_H

#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum {
    MUTATE_PIECE_MAX = 40,
    MUTATE_STEPS_MAX = 3, // changes in one mutation
    MUTATE_GROWTH_MAX = MUTATE_PIECE_MAX * MUTATE_STEPS_MAX,
};

// Pieces of text that mutations put in.
static const struct slice mutate_pieces[] = {
    SLICE("\""),
    SLICE("\\"),
    SLICE("{"),
    SLICE("}"),
    SLICE("["),
    SLICE("]"),
    SLICE(","),
    SLICE(":"),
    SLICE(" "),
    SLICE("\n"),
    SLICE("0"),
    SLICE("-"),
    SLICE("."),
    SLICE("e"),
    SLICE("1e400"),
    SLICE("9223372036854775808"),
    SLICE("\\u0000"),
    SLICE("\\ud800"),
    SLICE("\\udc00"),
    SLICE("\\u00"),
    SLICE("\\n"),
    SLICE("\0"),
    SLICE("\x1f"),
    SLICE("\x80"),
    SLICE("\xc3\xa4"),
    SLICE("\xed\xa0\x80"),
    SLICE("\xf0\x9f\x98\x80"),
    SLICE("\xf4\x90\x80\x80"),
    SLICE("\xc0\xaf"),
    SLICE("null"),
    SLICE("true"),
    SLICE("[]"),
    SLICE("{}"),
    SLICE("\"a\":"),
    SLICE("\"a\":1,"),
    SLICE("\"oldObject\":"),
    SLICE("\"fieldsV1\":"),
    SLICE("\"operation\":\"Apply\","),
    SLICE("\"fieldsV1\":{\"a\":[\"}\"]},"),
    SLICE("\"oldObject\":{\"a\":\"\\\\\\\"]\"},"),
};

// xorshift64*: Marsaglia's generator, so that each run is the same. `state` must not be 0.
static inline uint32_t mutate_random(uint64_t *state, uint32_t below)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

// Replaces `cut` bytes of `buffer` at `at` by `piece`, at most MUTATE_PIECE_MAX bytes; returns the
// new size.
static inline size_t mutate_splice(char *buffer, size_t size, size_t at, size_t cut,
                                   struct slice piece)
{
    memmove(buffer + at + piece.size, buffer + at + cut, size - at - cut);
    memcpy(buffer + at, piece.data, piece.size);
    return size - cut + piece.size;
}

static inline struct slice mutate_part(uint64_t *random, struct slice text)
{
    uint32_t at = mutate_random(random, (uint32_t)text.size);
    uint32_t size = mutate_random(random, (uint32_t)text.size - at) + 1;

    return (struct slice){text.data + at, size < MUTATE_PIECE_MAX ? size : MUTATE_PIECE_MAX};
}

static inline size_t mutate_once(uint64_t *random, char *buffer, size_t size, struct slice other)
{
    uint32_t count = sizeof(mutate_pieces) / sizeof(*mutate_pieces);
    uint32_t at = mutate_random(random, (uint32_t)size + 1);
    uint32_t rest = (uint32_t)size - at;
    struct slice piece = mutate_pieces[mutate_random(random, count)];
    char byte;

    switch (mutate_random(random, 6)) {
    case 0: // another byte
        byte = (char)mutate_random(random, 256);
        return mutate_splice(buffer, size, at, rest > 0, (struct slice){&byte, 1});
    case 1: // a piece put in
        return mutate_splice(buffer, size, at, 0, piece);
    case 2: // a piece put in place of others
        return mutate_splice(buffer, size, at, rest < piece.size ? rest : piece.size, piece);
    case 3: // a few bytes taken out
        return mutate_splice(buffer, size, at,
                             rest ? mutate_random(random, rest < 8 ? rest : 8) : 0, SLICE(""));
    case 4: // cut short
        return mutate_random(random, 4) ? size : at;
    default: // a part of another text
        return mutate_splice(buffer, size, at, 0, mutate_part(random, other));
    }
}

// Changes the text of `size` bytes in `buffer`, which has room for MUTATE_GROWTH_MAX more, in up to
// MUTATE_STEPS_MAX places. `other` is not empty and is in other memory. Returns the new size.
static inline size_t mutate_text(uint64_t *random, char *buffer, size_t size, struct slice other)
{
    for (uint32_t left = mutate_random(random, MUTATE_STEPS_MAX) + 1; left > 0; left--)
        size = mutate_once(random, buffer, size, other);
    return size;
}

#endif
