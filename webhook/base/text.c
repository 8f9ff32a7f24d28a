// Slices and growing text. It knows JSON's escapes, and nothing else about the meaning of the
// bytes.
#include "base/text.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/bytes.h"

enum { TEXT_CAPACITY_MIN = 256 };

struct slice slice_whole(struct slice text)
{
    size_t more = 0; // bytes after the last character's first one

    while (more < 3 && more + 1 < text.size && (text.data[text.size - 1 - more] & 0xc0) == 0x80)
        more++;
    if (text.size > 0) {
        unsigned char lead = (unsigned char)text.data[text.size - 1 - more];
        size_t wanted = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if (more < wanted)
            text.size -= more + 1;
    }
    return text;
}

bool slice_glob(struct slice text, struct slice pattern)
{
    size_t at = 0, in_pattern = 0;
    size_t star = SIZE_MAX, star_at = 0; // after the last `*` seen, and where its match ends

    while (at < text.size) {
        if (in_pattern < pattern.size && pattern.data[in_pattern] == '*') {
            star = ++in_pattern;
            star_at = at;
        } else if (in_pattern < pattern.size &&
                   (pattern.data[in_pattern] == '?' || pattern.data[in_pattern] == text.data[at])) {
            in_pattern++;
            at++;
        } else if (star != SIZE_MAX) {
            // Only the last star needs another try, because the part before it matched as early as
            // possible.
            in_pattern = star;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size && pattern.data[in_pattern] == '*')
        in_pattern++;
    return in_pattern == pattern.size;
}

bool slice_integer(struct slice text, int64_t minimum, int64_t maximum, int64_t *out)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    size_t at = negative || (text.size > 0 && text.data[0] == '+');
    int64_t value = 0;

    if (at == text.size)
        return false;
    // Counts downwards, because the smallest int64 has no positive counterpart.
    for (; at < text.size; at++) {
        unsigned digit = (unsigned char)text.data[at] - (unsigned)'0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, (int64_t)digit, &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    if (value < minimum || value > maximum)
        return false;
    *out = value;
    return true;
}

struct slice slice_copy(struct arena *arena, struct slice text)
{
    char *copy = text.size < SIZE_MAX ? arena_alloc_bytes(arena, text.size + 1) : NULL;

    if (!copy)
        return (struct slice){NULL, 0};
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (struct slice){copy, text.size};
}

void text_init(struct text *text, struct arena *arena, size_t limit)
{
    *text = (struct text){.arena = arena, .limit = limit};
}

bool text_fail(struct text *text)
{
    text->failed = true;
    text->capacity = text->size;
    return false;
}

bool text_grow(struct text *text, size_t more)
{
    if (text->failed || more > text->limit - text->size || text->limit >= SIZE_MAX / 2)
        return text_fail(text);
    size_t wanted = text->size + more + 1;
    size_t capacity = text->capacity ? text->capacity : TEXT_CAPACITY_MIN;

    while (capacity < wanted)
        capacity *= 2;
    if (capacity > text->limit + 1)
        capacity = text->limit + 1;
    char *data = arena_alloc_bytes(text->arena, capacity);

    if (!data)
        return text_fail(text);
    if (text->size > 0)
        memcpy(data, text->data, text->size);
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_add(struct text *text, struct slice bytes)
{
    if (bytes.size == 0 || !text_reserve(text, bytes.size))
        return;
    bytes_copy(text->data + text->size, bytes.data, bytes.size);
    text->size += bytes.size;
}

char *text_extend(struct text *text, size_t size)
{
    if (!text_reserve(text, size))
        return NULL;
    char *room = text->data + text->size;

    text->size += size;
    return room;
}

void text_integer(struct text *text, int64_t number)
{
    char digits[20];
    char *end = digits + sizeof(digits), *at = end;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        *--at = '-';
    text_add(text, (struct slice){at, (size_t)(end - at)});
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments, again;

    if (!text_reserve(text, 0))
        return;
    size_t room = text->capacity - text->size;

    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(text->data + text->size, room, format, arguments);

    // Mostly it fits. If not, it is written again where there is room.
    if (size < 0)
        text_fail(text);
    else if ((size_t)size >= room && text_reserve(text, (size_t)size))
        vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
    if (!text->failed)
        text->size += (size_t)size;
    va_end(again);
    va_end(arguments);
}

// The letter of a special byte's escape (RFC 8259 section 7). 'u': it has no letter of its own.
static char json_escape(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 'u';
    }
}

static __attribute__((noinline)) void json_byte(struct text *text, unsigned char byte)
{
    char escape = json_escape(byte);

    if (escape == 'u')
        text_printf(text, "\\u%04x", byte);
    else
        text_add(text, (struct slice){(const char[]){'\\', escape}, 2});
}

// How many of eight bytes, from the first on, need no escape. The top bit of each byte of the sum
// shows this for that byte. It can be wrong only after a special byte.
static inline size_t json_plain(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101;
    uint64_t quotes = eight ^ ones * '"', backslashes = eight ^ ones * '\\';
    uint64_t special =
        ((eight - ones * 0x20) | (quotes - ones) | (backslashes - ones)) & ~eight & ones * 0x80;

    return special ? (size_t)__builtin_ctzll(special) / 8 : 8;
}

// Adds the first `size` bytes at `from`, at most eight, up to the first that needs an escape, and
// that escape. Returns how many bytes were read.
static inline __attribute__((always_inline)) size_t json_some(struct text *text, const char *from,
                                                              size_t size)
{
    uint64_t eight = 0; // a NUL is special: after the last byte it ends them

    if (!text_reserve(text, size))
        return size;
    bytes_copy((char *)&eight, from, size);
    bytes_copy(text->data + text->size, from, size);
    size_t plain = json_plain(le64toh(eight));
    text->size += plain;
    if (plain == size)
        return size;
    json_byte(text, (unsigned char)from[plain]);
    return plain + 1;
}

void text_json_part(struct text *text, struct slice bytes)
{
    size_t at = 0;

    // Makes room for all at once, because an arena takes nothing back. Escapes may need more.
    if (!text_reserve(text, bytes.size))
        return;
    while (bytes.size - at >= 8)
        at += json_some(text, bytes.data + at, 8);
    while (at < bytes.size)
        at += json_some(text, bytes.data + at, (bytes.size - at) % 8); // this tells the compiler
}

void text_json_string(struct text *text, struct slice bytes)
{
    text_putc(text, '"');
    text_json_part(text, bytes);
    text_putc(text, '"');
}

struct slice text_slice(struct text *text)
{
    if (text->failed || !text_reserve(text, 0))
        return (struct slice){NULL, 0};
    text->data[text->size] = '\0';
    return (struct slice){text->data, text->size};
}
