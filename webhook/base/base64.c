// Only encodes. Nothing here reads base64.
#include "base/base64.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encode_three(uint32_t three, char *out)
{
    out[0] = alphabet[three >> 18];
    out[1] = alphabet[three >> 12 & 63];
    out[2] = alphabet[three >> 6 & 63];
    out[3] = alphabet[three & 63];
    return out + 4;
}

// Encodes six bytes. Eight may be read.
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

#ifdef __x86_64__

// Encodes twelve bytes, and sixteen may be read, with the method of Mula and Lemire (Faster Base64
// Encoding and Decoding using AVX2 Instructions, 2018). A multiplication moves each six bits into
// their own byte. Then each byte gets the distance of its range in the alphabet added.
__attribute__((target("ssse3"))) static void encode_twelve(const unsigned char *from, char *out)
{
    const __m128i spread = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    const __m128i distances =
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    __m128i bytes = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)from), spread);
    __m128i odd = _mm_mulhi_epu16(_mm_and_si128(bytes, _mm_set1_epi32(0x0fc0fc00)),
                                  _mm_set1_epi32(0x04000040));
    __m128i even = _mm_mullo_epi16(_mm_and_si128(bytes, _mm_set1_epi32(0x003f03f0)),
                                   _mm_set1_epi32(0x01000010));
    __m128i six = _mm_or_si128(odd, even);
    // 0 for 26 to 51, 1 to 12 for 52 to 63, 13 for values below 26.
    __m128i range =
        _mm_or_si128(_mm_subs_epu8(six, _mm_set1_epi8(51)),
                     _mm_and_si128(_mm_cmplt_epi8(six, _mm_set1_epi8(26)), _mm_set1_epi8(13)));

    _mm_storeu_si128((__m128i *)(void *)out, _mm_add_epi8(six, _mm_shuffle_epi8(distances, range)));
}

// Encodes as many bytes as possible in groups of twelve. Returns their number.
__attribute__((target("ssse3"))) static size_t encode_twelves(struct slice bytes, char *out)
{
    size_t i = 0;

    for (; i + 16 <= bytes.size; i += 12, out += 16)
        encode_twelve((const unsigned char *)bytes.data + i, out);
    return i;
}

static size_t encode_fast(struct slice bytes, char *out)
{
    return __builtin_cpu_supports("ssse3") ? encode_twelves(bytes, out) : 0;
}

#else

static size_t encode_fast(struct slice bytes, char *out)
{
    (void)bytes;
    (void)out;
    return 0;
}

#endif

void base64_add(struct text *text, struct slice bytes)
{
    const unsigned char *from = (const unsigned char *)bytes.data;
    size_t size = (bytes.size + 2) / 3 * 4, i;
    char *out = bytes.size > 0 ? text_extend(text, size) : NULL;

    if (!out)
        return;
    i = encode_fast(bytes, out);
    out += i / 3 * 4;
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
