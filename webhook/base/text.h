// Borrowed slices of text, and a growable text with a maximum size. Once it fails, it stays failed.
#ifndef EVENKEEL_BASE_TEXT_H
#define EVENKEEL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

struct arena;

// Bytes borrowed from another owner, not NUL-terminated. {NULL, 0} is the absent slice.
struct slice {
    const char *data;
    size_t size;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

static inline struct slice slice_of(const char *string)
{
    return (struct slice){string, string ? strlen(string) : 0};
}

static inline bool byte_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// The rest behind the first `size` bytes, which it must have.
static inline struct slice slice_skip(struct slice text, size_t size)
{
    return (struct slice){text.data + size, text.size - size};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && bytes_equal(a.data, b.data, a.size);
}

static inline bool slice_is(struct slice a, const char *string)
{
    return slice_equal(a, slice_of(string));
}

static inline bool slice_starts_with(struct slice a, const char *prefix)
{
    return a.size >= strlen(prefix) &&
           (prefix[0] == '\0' || memcmp(a.data, prefix, strlen(prefix)) == 0);
}

// Whether `text` is one of a table that ends with NULL.
static inline bool slice_is_one_of(struct slice text, const char *const *table)
{
    for (; *table; table++)
        if (slice_is(text, *table))
            return true;
    return false;
}

// Splits at the first `at`. False when there is none, with the outputs unchanged.
static inline bool slice_split(struct slice text, char at, struct slice *before,
                               struct slice *after)
{
    const char *found = text.size > 0 ? memchr(text.data, at, text.size) : NULL;

    if (!found)
        return false;
    *before = (struct slice){text.data, (size_t)(found - text.data)};
    *after = slice_skip(text, before->size + 1);
    return true;
}

// The text without the UTF-8 character that is cut off at its end, if there is one.
struct slice slice_whole(struct slice text);

// Whether `text` matches a shell-like pattern in which `*` stands for any bytes and `?` for one
// byte. In the worst case its time is the product of the sizes of text and pattern. It never
// recurses.
bool slice_glob(struct slice text, struct slice pattern);

// Reads a text that is one decimal integer, optionally signed, within [minimum, maximum]. False
// when it is not, with `out` unchanged.
bool slice_integer(struct slice text, int64_t minimum, int64_t maximum, int64_t *out);

// Returns a NUL-terminated copy in the arena. {NULL, 0} when memory is short.
struct slice slice_copy(struct arena *arena, struct slice text);

// A text that is built in an arena. After it fails to grow (memory or limit), every further write
// is ignored and text_slice() returns the absent slice. So the caller only checks at the end.
struct text {
    struct arena *arena;
    char *data;
    size_t size;
    size_t capacity;
    size_t limit; // largest size that it may have
    bool failed;
};

void text_init(struct text *text, struct arena *arena, size_t limit);
void text_add(struct text *text, struct slice bytes);
void text_integer(struct text *text, int64_t number); // in decimal
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Makes the text fail for a reason of the caller's. It gets no more room, so the next write calls
// text_grow() and fails. Returns false, so a function can say `return text_fail(text)`.
bool text_fail(struct text *text);

// Moves the text to a place with room for `more` bytes and a NUL. False when there is no room: the
// text has then failed.
bool text_grow(struct text *text, size_t more);

// The same, but does nothing if there is room already. A failed text has no room.
static inline bool text_reserve(struct text *text, size_t more)
{
    return more < text->capacity - text->size || text_grow(text, more);
}

static inline void text_putc(struct text *text, char byte)
{
    if (text_reserve(text, 1))
        text->data[text->size++] = byte;
}

// For a literal, the compiler computes the length and makes the copy.
static inline __attribute__((always_inline)) void text_puts(struct text *text, const char *string)
{
    if (!__builtin_constant_p(strlen(string))) {
        text_add(text, slice_of(string));
    } else if (text_reserve(text, strlen(string))) {
        memcpy(text->data + text->size, string, strlen(string));
        text->size += strlen(string);
    }
}

// Returns room for `size` more bytes, which already count as written. The caller fills them in
// before it does anything else with the text. NULL after a failure.
char *text_extend(struct text *text, size_t size);

// Adds `bytes` as a JSON string with its quotes (RFC 8259 section 7). Quotes, backslashes and
// control characters are escaped, and nothing else. `bytes` must be valid UTF-8.
void text_json_string(struct text *text, struct slice bytes);

// The same without the quotes, for the inside of a JSON string or a part of it.
void text_json_part(struct text *text, struct slice bytes);

// Returns the written text, with a NUL after its end. {NULL, 0} after a failure. The arena owns it.
struct slice text_slice(struct text *text);

#endif
