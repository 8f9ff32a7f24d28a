// The loops over strings and numbers. Only tape.c includes this. They never read at or past `end`.
#ifndef EVENKEEL_JSON_TAPE_SCAN_H
#define EVENKEEL_JSON_TAPE_SCAN_H

#include "json/tape_vector.h"

static const char scan_truncated[] = "the text ends too early";

// Where a scan stopped. With a problem, `at` is its place.
struct scan {
    size_t at;
    const char *problem; // NULL: none
    bool escaped;        // a string that has a backslash
};

// Returns the first byte of a string that needs a closer look: a quote, a backslash, a control
// character, or anything past ASCII. `end` when there is none.
TAPE_INLINE size_t scan_plain(const uint8_t *bytes, size_t at, size_t end)
{
#if TAPE_SIMD > 0
    while (end - at >= 16) {
        uint64_t special = vector_special(bytes + at);

        if (special != 0)
            return at + (unsigned)__builtin_ctzll(special) / VECTOR_BITS;
        at += 16;
    }
#endif
    while (at < end && bytes[at] != '"' && bytes[at] != '\\' && bytes[at] >= ' ' &&
           bytes[at] < 0x80)
        at++;
    return at;
}

// Returns the size of the well-formed UTF-8 sequence at `at`, whose first byte is past ASCII. 0
// when it is not well-formed (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing past
// U+10FFFF).
static inline unsigned scan_utf8(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0], least = 0x80, most = 0xbf;
    unsigned size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (lead < 0xc2 || lead > 0xf4 || left < size)
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

// Returns the size of the escape sequence at the backslash `at`. 0 when it is not valid.
static inline unsigned scan_escape(const uint8_t *at, size_t left)
{
    if (left < 2)
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
    if (left < 6)
        return 0;
    for (unsigned i = 2; i < 6; i++) {
        if (!scan_is_hexadecimal(at[i]))
            return 0;
    }
    return 6;
}

// Scans the rest of a string up to its closing quote, from the byte at which scan_plain() stopped.
static __attribute__((noinline)) struct scan scan_string(const uint8_t *bytes, size_t at,
                                                         size_t end)
{
    struct scan scan = {at, NULL, false};

    for (;; at = scan_plain(bytes, at, end)) {
        unsigned size;

        scan.at = at;
        if (at == end)
            scan.problem = scan_truncated;
        else if (bytes[at] < ' ')
            scan.problem = "a control character inside a string";
        if (scan.problem || bytes[at] == '"')
            return scan;
        if (bytes[at] == '\\') {
            scan.escaped = true;
            size = scan_escape(bytes + at, end - at);
        } else {
            size = scan_utf8(bytes + at, end - at);
        }
        if (size == 0) {
            scan.problem = bytes[at] == '\\' ? "no valid escape sequence" : "no valid UTF-8";
            return scan;
        }
        at += size;
    }
}

static inline size_t scan_digits(const uint8_t *bytes, size_t at, size_t end)
{
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9')
        at++;
    return at;
}

// Scans the number at `at` (RFC 8259 section 6). The caller checks what follows it.
static inline struct scan scan_number(const uint8_t *bytes, size_t at, size_t end)
{
    size_t digits = at + (at < end && bytes[at] == '-');

    at = digits < end && bytes[digits] == '0' ? digits + 1 : scan_digits(bytes, digits, end);
    if (at > digits && at < end && bytes[at] == '.') {
        digits = at + 1;
        at = scan_digits(bytes, digits, end);
    }
    if (at > digits && at < end && (bytes[at] | 0x20) == 'e') {
        digits = at + 1;
        if (digits < end && (bytes[digits] == '+' || bytes[digits] == '-'))
            digits++;
        at = scan_digits(bytes, digits, end);
    }
    if (at == digits)
        return (struct scan){at, at == end ? scan_truncated : "expected a digit", false};
    return (struct scan){at, NULL, false};
}

#endif
