// Encodes only: nothing here ever reads base64.
#include "core/base64.h"

enum { BLOCK = 768 }; // a multiple of 3, so that only the last block is padded

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Encodes up to BLOCK bytes into `out`; returns the size written.
static size_t encode(const unsigned char *bytes, size_t size, char *out)
{
    char *at = out;
    size_t i;

    for (i = 0; i + 3 <= size; i += 3, at += 4) {
        uint32_t three = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

        at[0] = alphabet[three >> 18];
        at[1] = alphabet[three >> 12 & 63];
        at[2] = alphabet[three >> 6 & 63];
        at[3] = alphabet[three & 63];
    }
    if (i < size) {
        uint32_t rest = (uint32_t)bytes[i] << 16 | (i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0);

        *at++ = alphabet[rest >> 18];
        *at++ = alphabet[rest >> 12 & 63];
        *at++ = i + 1 < size ? alphabet[rest >> 6 & 63] : '=';
        *at++ = '=';
    }
    return (size_t)(at - out);
}

void base64_add(struct text *text, struct slice bytes)
{
    const unsigned char *from = (const unsigned char *)bytes.data;
    char out[BLOCK / 3 * 4];

    for (size_t at = 0; at < bytes.size; at += BLOCK) {
        size_t size = bytes.size - at < BLOCK ? bytes.size - at : BLOCK;

        text_add(text, (struct slice){out, encode(from + at, size, out)});
    }
}
