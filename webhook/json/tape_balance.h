// Steps over a whole array or object without reading its contents. Only tape.c includes this. It
// takes sixty-four bytes at a time where tape_vector.h can, else byte by byte. It never reads at or
// past `end`.
#ifndef EVENKEEL_JSON_TAPE_BALANCE_H
#define EVENKEEL_JSON_TAPE_BALANCE_H

#include "json/tape_scan.h"

// State of balancing the brackets outside strings.
struct balance {
    uint32_t depth;
    uint32_t depth_max;
    bool in_string;
    bool escaped; // the byte before was a backslash that escapes this one
};

static const char balance_too_deep[] = "nested too deep";

// Steps over the bytes until depth falls to 0, depth passes its maximum (a problem), or `end`.
static inline struct scan balance_bytes(struct balance *balance, const uint8_t *bytes, size_t at,
                                        size_t end)
{
    for (; at < end; at++) {
        uint8_t byte = bytes[at];
        bool escaped = balance->escaped;

        balance->escaped = byte == '\\' && !escaped;
        if (byte == '"') {
            balance->in_string ^= !escaped;
        } else if (balance->in_string) {
            continue;
        } else if ((byte | 0x20) == '{') {
            if (balance->depth == balance->depth_max)
                return (struct scan){at, balance_too_deep, false};
            balance->depth++;
        } else if ((byte | 0x20) == '}' && --balance->depth == 0) {
            return (struct scan){at + 1, NULL, false};
        }
    }
    return (struct scan){at, NULL, false};
}

#if TAPE_SIMD > 0

// Counts the bits without the popcnt instruction. If that may be missing, the compiler would call a
// function.
TAPE_INLINE uint32_t balance_count(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (uint32_t)(bits * 0x0101010101010101 >> 56);
}

// Returns the bytes that a backslash before them escapes. `carry` says whether the first byte is
// escaped. It is set to whether the first byte after these 64 is. To tell an even run of
// backslashes from an odd one, the run's first bit is added to the run: the sum's carry lands just
// after the run.
TAPE_INLINE uint64_t balance_escaped(uint64_t backslashes, bool *carry)
{
    const uint64_t even = 0x5555555555555555;
    uint64_t first = *carry;
    uint64_t runs, followers;

    *carry = false;
    if (!backslashes)
        return first;
    backslashes &= ~first;
    followers = backslashes << 1 | first;
    *carry = __builtin_add_overflow(backslashes & ~even & ~followers, backslashes, &runs);
    return (even ^ runs << 1) & followers;
}

// Sets bit i to the parity of the bits up to i.
TAPE_INLINE uint64_t balance_parity(uint64_t bits)
{
#pragma GCC unroll 6
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

// The quotes that begin or end a string.
TAPE_INLINE uint64_t balance_quotes(struct balance *balance, const struct vector_masks *masks)
{
    return masks->quotes & ~balance_escaped(masks->backslashes, &balance->escaped);
}

// Removes brackets inside strings from the masks. `inside` has the parity of the quotes.
TAPE_INLINE void balance_outside(struct balance *balance, struct vector_masks *masks,
                                 uint64_t inside)
{
    inside ^= balance->in_string ? UINT64_MAX : 0;
    balance->in_string = inside >> 63;
    masks->openings &= ~inside;
    masks->closings &= ~inside;
}

// Looks at each bracket of 64 bytes. It ends at a bracket that closes the last one or opens too
// many.
TAPE_INLINE struct scan balance_each(struct balance *balance, size_t at, uint64_t openings,
                                     uint64_t closings)
{
    for (uint64_t bits = openings | closings; bits != 0; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(bits);

        if (closings >> i & 1) {
            if (--balance->depth == 0)
                return (struct scan){at + i + 1, NULL, false};
        } else if (balance->depth++ == balance->depth_max) {
            return (struct scan){at + i, balance_too_deep, false};
        }
    }
    return (struct scan){at + 64, NULL, false};
}

// Does what balance_bytes() does, for 64 bytes that `masks` describes, with that many brackets
// outside strings.
TAPE_INLINE struct scan balance_block(struct balance *balance, size_t at,
                                      const struct vector_masks *masks, uint32_t openings,
                                      uint32_t closings)
{
    if (closings >= balance->depth || openings > balance->depth_max - balance->depth)
        return balance_each(balance, at, masks->openings, masks->closings);
    balance->depth += openings - closings;
    return (struct scan){at + 64, NULL, false};
}

static struct scan balance_blocks(struct balance *state, const uint8_t *bytes, size_t at,
                                  size_t end)
{
    struct balance balance = *state; // in registers
    struct scan scan = {at, NULL, false};

    while (end - scan.at >= 64 && balance.depth > 0 && !scan.problem) {
        struct vector_masks masks = vector_look(bytes + scan.at);

        balance_outside(&balance, &masks, balance_parity(balance_quotes(&balance, &masks)));
        scan = balance_block(&balance, scan.at, &masks, balance_count(masks.openings),
                             balance_count(masks.closings));
    }
    *state = balance;
    return scan;
}

#endif

#if TAPE_SIMD > 1

// The same as balance_blocks(), for a processor with AVX2 and popcnt.
TAPE_AVX2 static struct scan balance_blocks_wide(struct balance *state, const uint8_t *bytes,
                                                 size_t at, size_t end)
{
    struct balance balance = *state; // in registers
    struct scan scan = {at, NULL, false};

    while (end - scan.at >= 64 && balance.depth > 0 && !scan.problem) {
        struct vector_masks masks = vector_look_wide(bytes + scan.at);

        balance_outside(&balance, &masks, vector_parity(balance_quotes(&balance, &masks)));
        scan =
            balance_block(&balance, scan.at, &masks, (uint32_t)__builtin_popcountll(masks.openings),
                          (uint32_t)__builtin_popcountll(masks.closings));
    }
    *state = balance;
    return scan;
}

#endif

// Steps over the array or object at `at`, at most `depth_max` deep. It assumes that the grammar is
// right.
static __attribute__((noinline)) struct scan scan_balanced(const uint8_t *bytes, size_t at,
                                                           size_t end, uint32_t depth_max)
{
    struct balance balance = {.depth = 1, .depth_max = depth_max};
    struct scan scan = {at + 1, NULL, false};

    if (depth_max == 0)
        return (struct scan){at, balance_too_deep, false};
#if TAPE_SIMD > 1
    if (vector_is_wide())
        scan = balance_blocks_wide(&balance, bytes, scan.at, end);
    else
#endif
#if TAPE_SIMD > 0
        scan = balance_blocks(&balance, bytes, scan.at, end);
#endif
    if (!scan.problem && balance.depth > 0)
        scan = balance_bytes(&balance, bytes, scan.at, end);
    if (!scan.problem && balance.depth > 0)
        scan.problem = scan_truncated;
    return scan;
}

#endif
