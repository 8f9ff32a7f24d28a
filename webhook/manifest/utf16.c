// Unicode 15, section 3.9, D91. It reads only the code units.
#include "manifest/utf16.h"

#include <stdlib.h>

enum { REPLACEMENT = 0xfffd };

bool utf16_is(struct slice bytes)
{
    return slice_starts_with(bytes, "\xff\xfe") || slice_starts_with(bytes, "\xfe\xff");
}

static uint32_t unit(struct slice bytes, size_t at, bool big)
{
    uint32_t first = (unsigned char)bytes.data[at];
    uint32_t second = (unsigned char)bytes.data[at + 1];

    return big ? first << 8 | second : second << 8 | first;
}

static char *put(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code >= 0x10000)
        *out++ = (char)(0xf0 | code >> 18);
    if (code >= 0x800)
        *out++ = (char)(code >= 0x10000 ? 0x80 | (code >> 12 & 0x3f) : 0xe0 | code >> 12);
    *out++ = (char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3f) : 0xc0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3f));
    return out;
}

// Returns the character at `*at`, and moves `*at` to the next one.
static uint32_t next(struct slice bytes, size_t *at, bool big)
{
    uint32_t high = unit(bytes, *at, big);
    uint32_t low;

    *at += 2;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    low = high < 0xdc00 && *at + 2 <= bytes.size ? unit(bytes, *at, big) : 0;
    if (low < 0xdc00 || low > 0xdfff)
        return REPLACEMENT;
    *at += 2;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

struct slice utf16_decode(struct slice bytes)
{
    bool big = slice_starts_with(bytes, "\xfe\xff");
    char *text = malloc(bytes.size / 2 * 3 + 4);
    char *out = text;
    size_t at = 2;

    if (!text)
        return (struct slice){0};
    while (at + 2 <= bytes.size)
        out = put(out, next(bytes, &at, big));
    if (at < bytes.size)
        out = put(out, REPLACEMENT);
    *out = '\0';
    return (struct slice){text, (size_t)(out - text)};
}
