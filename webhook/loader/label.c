// The API refuses a selector with a key or value that no label can have. So does this.
#include "loader/label.h"

enum { LABEL_NAME_MAX = 63, LABEL_PREFIX_MAX = 253 };

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_name(struct slice text)
{
    if (text.size == 0 || text.size > LABEL_NAME_MAX || !is_alphanumeric(text.data[0]) ||
        !is_alphanumeric(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_alphanumeric(text.data[i]) && text.data[i] != '-' && text.data[i] != '_' &&
            text.data[i] != '.')
            return false;
    return true;
}

// A DNS subdomain (RFC 1123): lower case, each part between two points begins and ends with a
// letter or digit.
static bool is_prefix(struct slice text)
{
    char before = '.';

    if (text.size == 0 || text.size > LABEL_PREFIX_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool letter = is_alphanumeric(byte) && !(byte >= 'A' && byte <= 'Z');

        if (!letter &&
            (before == '.' || (byte == '.' && before == '-') || (byte != '.' && byte != '-')))
            return false;
        before = byte;
    }
    return before != '.' && before != '-';
}

bool label_is_key(struct slice text)
{
    const char *slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    size_t prefix = slash ? (size_t)(slash - text.data) : 0;

    if (!slash)
        return is_name(text);
    return is_prefix((struct slice){text.data, prefix}) &&
           is_name((struct slice){slash + 1, text.size - prefix - 1});
}

bool label_is_value(struct slice text)
{
    return text.size == 0 || is_name(text);
}
