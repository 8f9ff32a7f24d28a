// Escapes one JSON Pointer token inside a JSON string. It does not follow pointers.
#include "json/pointer.h"

void pointer_add_token(struct text *text, struct slice token)
{
    size_t run = 0; // start of the bytes not yet added

    text_putc(text, '/');
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] != '~' && token.data[i] != '/')
            continue;
        text_json_part(text, (struct slice){token.data + run, i - run});
        text_puts(text, token.data[i] == '~' ? "~0" : "~1");
        run = i + 1;
    }
    if (run < token.size)
        text_json_part(text, (struct slice){token.data + run, token.size - run});
}
