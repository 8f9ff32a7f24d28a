// The rarer tags of a scalar: !!binary and !!timestamp.
#include <stdint.h>

#include "base/arena.h"
#include "yaml/scalar.h"

static int digit_of(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = byte ? strchr(digits, byte) : NULL;

    return found ? (int)(found - digits) : -1;
}

// Decodes into `out`, which has room. Returns the size, or -1.
static int64_t decode(struct slice text, unsigned char *out)
{
    uint32_t bits = 0;
    size_t digits = 0;
    size_t padding = 0;
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        int digit = digit_of(text.data[i]);
        if (text.data[i] == '\n' || text.data[i] == '\r')
            continue;
        if (text.data[i] == '=') {
            padding++;
            continue;
        }
        if (digit < 0 || padding > 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        if (++digits % 4 != 1)
            out[size++] = (unsigned char)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    return (digits + padding) % 4 == 0 && padding < 3 ? (int64_t)size : -1;
}

// The size in bytes of the UTF-8 character at the start. 0: there is none.
static size_t character(const unsigned char *bytes, size_t size)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t length = 1; length <= 4; length++) {
        uint32_t code = bytes[0] & (unsigned char)~forms[length - 1].mask;
        if ((bytes[0] & forms[length - 1].mask) != forms[length - 1].lead || length > size)
            continue;
        for (size_t i = 1; i < length; i++) {
            if ((bytes[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (bytes[i] & 0x3f);
        }
        return code < forms[length - 1].least || code > 0x10ffff || (code >> 11) == 0x1b ? 0
                                                                                         : length;
    }
    return 0;
}

static struct slice as_text(const unsigned char *bytes, size_t size, struct arena *arena)
{
    struct text text;

    text_init(&text, arena, 3 * size + 1);
    for (size_t i = 0; i < size;) {
        size_t length = character(bytes + i, size - i);
        if (length)
            text_add(&text, (struct slice){(const char *)bytes + i, length});
        else
            text_puts(&text, "\xef\xbf\xbd");
        i += length ? length : 1;
    }
    return text_slice(&text);
}

int yaml_scalar_binary(struct yaml_node *node, struct arena *arena)
{
    unsigned char *bytes = arena_alloc(arena, node->text.size + 1);
    int64_t size = bytes ? decode(node->text, bytes) : -1;
    struct slice text = {0};

    if (size >= 0)
        text = as_text(bytes, (size_t)size, arena);
    if (!text.data)
        return -1;
    node->text = text;
    return 0;
}

// Steps over `least` to `most` digits at the start. False when there are fewer.
static bool skip_digits(struct slice *text, size_t least, size_t most)
{
    size_t count = 0;

    while (count < most && count < text->size && text->data[count] >= '0' &&
           text->data[count] <= '9')
        count++;
    text->data += count;
    text->size -= count;
    return count >= least;
}

static bool skip(struct slice *text, const char *bytes)
{
    if (text->size == 0 || !strchr(bytes, text->data[0]))
        return false;
    text->data++;
    text->size--;
    return true;
}

static bool skip_zone(struct slice *text)
{
    if (skip(text, "Z"))
        return true;
    return skip(text, "+-") && skip_digits(text, 2, 2) && skip(text, ":") &&
           skip_digits(text, 2, 2);
}

// 2006-1-2, 2006-1-2 15:4:5.9, 2006-1-2T15:4:5.9Z07:00.
bool yaml_scalar_is_timestamp(struct slice text)
{
    bool zone;

    if (!skip_digits(&text, 4, 4) || !skip(&text, "-") || !skip_digits(&text, 1, 2) ||
        !skip(&text, "-") || !skip_digits(&text, 1, 2))
        return false;
    if (text.size == 0)
        return true;
    zone = text.data[0] != ' ';
    if (!skip(&text, " Tt") || !skip_digits(&text, 1, 2) || !skip(&text, ":") ||
        !skip_digits(&text, 1, 2) || !skip(&text, ":") || !skip_digits(&text, 1, 2))
        return false;
    if (skip(&text, ".") && !skip_digits(&text, 1, 9))
        return false;
    return (!zone || skip_zone(&text)) && text.size == 0;
}
