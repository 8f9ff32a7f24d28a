// The loops over bytes behind tape.c, in SSE2 and in plain C: TAPE_SCALAR asks for the plain ones,
// so that tests can compare the two. They never read at or past `end`. Only tape.c includes this.
#ifndef EVENKEEL_CORE_TAPE_SCAN_H
#define EVENKEEL_CORE_TAPE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__SSE2__) && !defined(TAPE_SCALAR)
#define TAPE_SSE2 1
#include <emmintrin.h>
#else
#define TAPE_SSE2 0
#endif

#define TAPE_INLINE static inline __attribute__((always_inline))

static const char scan_truncated[] = "the text ends too early";

// Where a scan stopped. With a problem, `at` is its place.
struct scan {
    const uint8_t *at;
    const char *problem; // NULL: none
    bool escaped;        // a string that has a backslash
};

// The first byte that needs a look inside a string: a quote, a backslash, a control character, or
// anything past ASCII. `end` when there is none.
TAPE_INLINE const uint8_t *scan_plain(const uint8_t *at, const uint8_t *end)
{
#if TAPE_SSE2
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        // Signed: bytes past ASCII are negative, and so below a space as control characters are.
        __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
        int mask = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), low));

        if (mask != 0)
            return at + __builtin_ctz((unsigned)mask);
        at += 16;
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && *at >= ' ' && *at < 0x80)
        at++;
    return at;
}

// Size of the well-formed UTF-8 sequence at `at`, whose first byte is past ASCII; 0 when it is none
// (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing past U+10FFFF).
static inline unsigned scan_utf8(const uint8_t *at, const uint8_t *end)
{
    uint8_t lead = at[0], least = 0x80, most = 0xbf;
    unsigned size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < size)
        return 0;
    if (lead == 0xe0)
        least = 0xa0;
    else if (lead == 0xed)
        most = 0x9f;
    else if (lead == 0xf0)
        least = 0x90;
    else if (lead == 0xf4)
        most = 0x8f;
    if (at[1] < least || at[1] > most)
        return 0;
    for (unsigned i = 2; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

static inline bool scan_is_hexadecimal(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

// Size of the escape sequence at the backslash `at`; 0 when it is none.
static inline unsigned scan_escape(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 2)
        return 0;
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return 2;
    case 'u':
        break;
    default:
        return 0;
    }
    if (end - at < 6)
        return 0;
    for (unsigned i = 2; i < 6; i++) {
        if (!scan_is_hexadecimal(at[i]))
            return 0;
    }
    return 6;
}

// The rest of a string up to its closing quote, from the first byte that scan_plain() stopped at.
static __attribute__((noinline)) struct scan scan_string(const uint8_t *at, const uint8_t *end)
{
    struct scan scan = {NULL, NULL, false};

    for (;; at = scan_plain(at, end)) {
        unsigned size;

        scan.at = at;
        if (at == end)
            scan.problem = scan_truncated;
        else if (*at < ' ')
            scan.problem = "a control character inside a string";
        if (scan.problem || *at == '"')
            return scan;
        if (*at == '\\') {
            scan.escaped = true;
            size = scan_escape(at, end);
        } else {
            size = scan_utf8(at, end);
        }
        if (size == 0) {
            scan.problem = *at == '\\' ? "no valid escape sequence" : "no valid UTF-8";
            return scan;
        }
        at += size;
    }
}

static inline const uint8_t *scan_digits(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

// The number at `at` (RFC 8259 section 6). What may stand behind it is the caller's to check.
static inline struct scan scan_number(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *digits = at + (at < end && *at == '-');

    at = digits < end && *digits == '0' ? digits + 1 : scan_digits(digits, end);
    if (at > digits && at < end && *at == '.') {
        digits = at + 1;
        at = scan_digits(digits, end);
    }
    if (at > digits && at < end && (*at | 0x20) == 'e') {
        digits = at + 1;
        if (digits < end && (*digits == '+' || *digits == '-'))
            digits++;
        at = scan_digits(digits, end);
    }
    if (at == digits)
        return (struct scan){at, at == end ? scan_truncated : "expected a digit", false};
    return (struct scan){at, NULL, false};
}

// Balancing of brackets outside strings.
struct balance {
    uint32_t depth;
    uint32_t depth_max;
    bool in_string;
    bool escaped; // the byte before was a backslash that escapes the next
};

static const char balance_too_deep[] = "nested too deep";

// Steps over the bytes until depth falls to 0, depth passes its maximum (a problem), or `end`.
static inline struct scan balance_bytes(struct balance *balance, const uint8_t *at,
                                        const uint8_t *end)
{
    for (; at < end; at++) {
        bool escaped = balance->escaped;

        balance->escaped = *at == '\\' && !escaped;
        if (*at == '"') {
            balance->in_string ^= !escaped;
        } else if (balance->in_string) {
            continue;
        } else if ((*at | 0x20) == '{') {
            if (balance->depth == balance->depth_max)
                return (struct scan){at, balance_too_deep, false};
            balance->depth++;
        } else if ((*at | 0x20) == '}' && --balance->depth == 0) {
            return (struct scan){at + 1, NULL, false};
        }
    }
    return (struct scan){at, NULL, false};
}

#if TAPE_SSE2

// One bit for each of 64 bytes, the first byte's lowest.
struct balance_masks {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t openings;
    uint64_t closings;
};

TAPE_INLINE struct balance_masks balance_look(const uint8_t *at)
{
    struct balance_masks masks = {0, 0, 0, 0};

    for (int i = 0; i < 64; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20)); // [ and { alike, ] and } alike

#define BITS(vector, byte)                                                                         \
    ((uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(vector, _mm_set1_epi8(byte))) << i)
        masks.quotes |= BITS(bytes, '"');
        masks.backslashes |= BITS(bytes, '\\');
        masks.openings |= BITS(folded, '{');
        masks.closings |= BITS(folded, '}');
#undef BITS
    }
    return masks;
}

// Without the popcnt instruction the compiler would call a function.
TAPE_INLINE uint32_t balance_count(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (uint32_t)(bits * 0x0101010101010101 >> 56);
}

// The bytes that a backslash before them escapes. `carry` says whether the first one is, and is set
// to whether the first one behind these 64 is. A run of backslashes is told even from odd by adding
// its first bit to it: the sum's carry falls behind the run.
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

// Looks at each bracket of 64 bytes. Where one closes the last or opens too many, that is the end.
static inline struct scan balance_each(struct balance *balance, const uint8_t *at,
                                       uint64_t openings, uint64_t closings)
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

// balance_bytes() for 64 bytes at once.
TAPE_INLINE struct scan balance_block(struct balance *balance, const uint8_t *at)
{
    struct balance_masks masks = balance_look(at);
    uint64_t inside = masks.quotes & ~balance_escaped(masks.backslashes, &balance->escaped);
    uint32_t openings, closings;

    // Bit i becomes the parity of the quotes up to byte i.
    for (int shift = 1; shift < 64; shift *= 2)
        inside ^= inside << shift;
    inside ^= balance->in_string ? UINT64_MAX : 0;
    balance->in_string = inside >> 63;
    masks.openings &= ~inside;
    masks.closings &= ~inside;
    openings = balance_count(masks.openings);
    closings = balance_count(masks.closings);
    if (closings >= balance->depth || openings > balance->depth_max - balance->depth)
        return balance_each(balance, at, masks.openings, masks.closings);
    balance->depth += openings - closings;
    return (struct scan){at + 64, NULL, false};
}

#endif

// Steps over the array or object at `at`, taking it to be well-formed, at most `depth_max` deep.
static __attribute__((noinline)) struct scan scan_balanced(const uint8_t *at, const uint8_t *end,
                                                           uint32_t depth_max)
{
    struct balance balance = {.depth = 1, .depth_max = depth_max};
    struct scan scan = {at, depth_max == 0 ? balance_too_deep : NULL, false};

    if (scan.problem)
        return scan;
    scan.at++;
    while (scan.at < end) {
#if TAPE_SSE2
        if (end - scan.at >= 64)
            scan = balance_block(&balance, scan.at);
        else
#endif
            scan = balance_bytes(&balance, scan.at, end);
        if (scan.problem || balance.depth == 0)
            return scan;
    }
    scan.problem = scan_truncated;
    return scan;
}

#endif
