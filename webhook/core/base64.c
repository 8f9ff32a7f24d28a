// Encodes only: nothing here ever reads base64.
#include "core/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encode_three(uint32_t three, char *out)
{
    out[0] = alphabet[three >> 18];
    out[1] = alphabet[three >> 12 & 63];
    out[2] = alphabet[three >> 6 & 63];
    out[3] = alphabet[three & 63];
    return out + 4;
}

// Six bytes, of eight that may be read.
static char *encode_six(const unsigned char *from, char *out)
{
    uint64_t eight;

    memcpy(&eight, from, sizeof(eight));
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        eight = __builtin_bswap64(eight);
    out[0] = alphabet[eight >> 58];
    out[1] = alphabet[eight >> 52 & 63];
    out[2] = alphabet[eight >> 46 & 63];
    out[3] = alphabet[eight >> 40 & 63];
    out[4] = alphabet[eight >> 34 & 63];
    out[5] = alphabet[eight >> 28 & 63];
    out[6] = alphabet[eight >> 22 & 63];
    out[7] = alphabet[eight >> 16 & 63];
    return out + 8;
}

void base64_add(struct text *text, struct slice bytes)
{
    const unsigned char *from = (const unsigned char *)bytes.data;
    size_t size = (bytes.size + 2) / 3 * 4, i = 0;
    char *out = bytes.size > 0 ? text_extend(text, size) : NULL;

    if (!out)
        return;
    for (; i + 8 <= bytes.size; i += 6)
        out = encode_six(from + i, out);
    for (; i + 3 <= bytes.size; i += 3)
        out = encode_three((uint32_t)from[i] << 16 | (uint32_t)from[i + 1] << 8 | from[i + 2], out);
    if (i == bytes.size)
        return;
    bool two = i + 2 == bytes.size;

    encode_three((uint32_t)from[i] << 16 | (two ? (uint32_t)from[i + 1] << 8 : 0), out);
    out[3] = '=';
    if (!two)
        out[2] = '=';
}
