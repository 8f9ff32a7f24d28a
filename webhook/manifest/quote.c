// If in doubt, it quotes. A string is plain only if no version of YAML reads it as another type.
#include "manifest/quote.h"

#include <strings.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_percentage(struct slice string)
{
    for (size_t i = 0; i + 1 < string.size; i++) {
        if (!is_digit(string.data[i]))
            return false;
    }
    return string.size > 1 && string.data[string.size - 1] == '%';
}

static bool is_word(struct slice string)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (string.size == strlen(words[i]) && strncasecmp(string.data, words[i], string.size) == 0)
            return true;
    }
    return false;
}

static bool is_plain(struct slice string)
{
    if (is_percentage(string))
        return true;
    if (string.size == 0 || !(byte_is_letter(string.data[0]) || strchr("/_", string.data[0])) ||
        is_word(string))
        return false;
    for (size_t i = 0; i < string.size; i++) {
        char byte = string.data[i];
        if (!byte_is_letter(byte) && !is_digit(byte) && (!byte || !strchr("._/-", byte)))
            return false;
    }
    return true;
}

// Decodes the character at `at`, which is valid UTF-8, and returns its size.
static size_t decode(struct slice string, size_t at, uint32_t *character)
{
    unsigned char first = (unsigned char)string.data[at];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (at + size > string.size)
        size = 1;
    *character = size == 1 ? first : first & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        *character = *character << 6 | ((unsigned char)string.data[at + i] & 0x3f);
    return size;
}

// YAML 1.1's printable characters, except line breaks and a byte order mark.
static bool is_printable(uint32_t character)
{
    return (character >= 0x20 && character < 0x7f) ||
           (character >= 0xa0 && character < 0xd800 && character != 0x2028 &&
            character != 0x2029) ||
           (character >= 0xe000 && character < 0xfffe && character != 0xfeff) ||
           character >= 0x10000;
}

static bool is_all_printable(struct slice string)
{
    uint32_t character;

    for (size_t i = 0; i < string.size;) {
        i += decode(string, i, &character);
        if (!is_printable(character))
            return false;
    }
    return true;
}

void quote_double(struct text *text, struct slice string)
{
    uint32_t character;

    text_putc(text, '"');
    for (size_t i = 0; i < string.size;) {
        size_t size = decode(string, i, &character);
        if (character == '"' || character == '\\')
            text_printf(text, "\\%c", (int)character);
        else if (character == '\n')
            text_puts(text, "\\n");
        else if (character == '\t')
            text_puts(text, "\\t");
        else if (is_printable(character))
            text_add(text, (struct slice){string.data + i, size});
        else
            text_printf(text, "\\u%04x", (unsigned)character);
        i += size;
    }
    text_putc(text, '"');
}

static void quote_single(struct text *text, struct slice string)
{
    text_putc(text, '\'');
    for (size_t i = 0; i < string.size; i++) {
        if (string.data[i] == '\'')
            text_putc(text, '\'');
        text_putc(text, string.data[i]);
    }
    text_putc(text, '\'');
}

void quote_plain(struct text *text, struct slice string)
{
    if (is_plain(string))
        text_add(text, string);
    else if (is_all_printable(string) && string.size > 0 &&
             (memchr(string.data, '"', string.size) || memchr(string.data, '\\', string.size)))
        quote_single(text, string);
    else
        quote_double(text, string);
}
