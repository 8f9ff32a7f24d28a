// https://html.spec.whatwg.org/#escapingString, RFC 8259, and toolkit's command.ts for GitHub.
#include "report/escape.h"

#define REPLACEMENT "\xef\xbf\xbd"

// Bytes of the UTF-8 character at the front (RFC 3629); 0: there is none.
static size_t character(struct slice rest)
{
    const unsigned char *at = (const unsigned char *)rest.data;
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (size == 0 || size > rest.size || at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return size;
}

static bool is_control(struct slice one)
{
    unsigned char first = (unsigned char)one.data[0];

    return (first < ' ' && first != '\n' && first != '\t') || first == 0x7f ||
           (first == 0xc2 && (unsigned char)one.data[1] < 0xa0);
}

static const char *reference(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

// The next character, at most `string` long; `string` moves on. A replacement for what is none.
static struct slice next(struct slice *string)
{
    size_t size = character(*string);
    struct slice one = {string->data, size};

    string->data += size ? size : 1;
    string->size -= size ? size : 1;
    return size ? one : SLICE(REPLACEMENT);
}

void escape_markup(struct text *text, struct slice string)
{
    while (string.size > 0) {
        struct slice one = next(&string);
        const char *escaped = one.size == 1 ? reference(one.data[0]) : NULL;
        if (escaped)
            text_puts(text, escaped);
        else
            text_add(text, is_control(one) ? SLICE(REPLACEMENT) : one);
    }
}

void escape_script(struct text *text, struct slice string)
{
    text_putc(text, '"');
    while (string.size > 0) {
        struct slice one = next(&string);
        if (one.size == 1 && strchr("<>&", one.data[0]) && one.data[0])
            text_printf(text, "\\u%04x", (unsigned char)one.data[0]);
        else if (one.size == 3 &&
                 (!memcmp(one.data, "\xe2\x80\xa8", 3) || !memcmp(one.data, "\xe2\x80\xa9", 3)))
            text_puts(text, one.data[2] == '\xa8' ? "\\u2028" : "\\u2029");
        else
            text_json_part(text, one);
    }
    text_putc(text, '"');
}

void escape_command(struct text *text, struct slice string, bool property)
{
    while (string.size > 0) {
        struct slice one = next(&string);
        char byte = one.size == 1 ? one.data[0] : '\0';
        if (byte == '%' || byte == '\n' || byte == '\r' ||
            (property && (byte == ':' || byte == ',')))
            text_printf(text, "%%%02X", (unsigned char)byte);
        else
            text_add(text, is_control(one) ? SLICE(REPLACEMENT) : one);
    }
}
