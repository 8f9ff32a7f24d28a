// Decodes byte by byte, so comparing needs no memory. It checks nothing, because the tape has
// checked the text.
#include "json/decode.h"

enum { REPLACEMENT = 0xfffd };

// Gives a string's decoded bytes one after the other.
struct decoder {
    const char *at;
    const char *end;
    unsigned char pending[4]; // of a character that was written as \u
    unsigned given;
    unsigned count;
};

static struct decoder decoder_of(struct slice inside)
{
    return (struct decoder){.at = inside.data, .end = inside.data + inside.size};
}

static uint32_t hexadecimal(const char *digits)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        unsigned char digit = (unsigned char)digits[i];

        value = value * 16 + (digit <= '9' ? digit - 0x30u : (digit | 0x20u) - 'a' + 10u);
    }
    return value;
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

// Reads the four digits of a \u. After a high surrogate it also reads the low surrogate's whole
// escape.
static uint32_t take_character(struct decoder *decoder)
{
    uint32_t unit = hexadecimal(decoder->at), low;

    decoder->at += 4;
    if (!is_high(unit))
        return is_low(unit) ? REPLACEMENT : unit;
    if (decoder->end - decoder->at < 6 || decoder->at[0] != '\\' || decoder->at[1] != 'u')
        return REPLACEMENT;
    low = hexadecimal(decoder->at + 2);
    if (!is_low(low))
        return REPLACEMENT;
    decoder->at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static void set_pending(struct decoder *decoder, uint32_t character)
{
    unsigned count = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    decoder->given = 0;
    decoder->count = count;
    for (unsigned i = count - 1; i > 0; i--, character >>= 6)
        decoder->pending[i] = (unsigned char)(0x80 | (character & 0x3f));
    decoder->pending[0] = (unsigned char)(leads[count] | character);
}

// The next decoded byte, or -1 at the end.
static int decoder_next(struct decoder *decoder)
{
    if (decoder->given < decoder->count)
        return decoder->pending[decoder->given++];
    if (decoder->at == decoder->end)
        return -1;
    unsigned char byte = (unsigned char)*decoder->at++;

    if (byte != '\\')
        return byte;
    byte = (unsigned char)*decoder->at++;
    switch (byte) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        set_pending(decoder, take_character(decoder));
        return decoder->pending[decoder->given++];
    default:
        return byte;
    }
}

bool decode_is(struct slice inside, struct slice text)
{
    struct decoder decoder = decoder_of(inside);

    for (size_t i = 0; i < text.size; i++) {
        if (decoder_next(&decoder) != (unsigned char)text.data[i])
            return false;
    }
    return decoder_next(&decoder) == -1;
}

bool decode_equal(struct slice a, struct slice b)
{
    struct decoder first = decoder_of(a), second = decoder_of(b);
    int byte;

    do {
        byte = decoder_next(&first);
        if (byte != decoder_next(&second))
            return false;
    } while (byte != -1);
    return true;
}

size_t decode_into(struct slice inside, char *out)
{
    struct decoder decoder = decoder_of(inside);
    size_t size = 0;

    for (int byte; (byte = decoder_next(&decoder)) != -1;)
        out[size++] = (char)byte;
    return size;
}
