// The API's grammars for names. It knows no meaning of any of them.
#include "object/names.h"

enum { NAME_MAX_SIZE = 63, PREFIX_MAX_SIZE = 253, PORT_NAME_MAX_SIZE = 15 };

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool is_name(struct slice name)
{
    if (name.size == 0 || name.size > NAME_MAX_SIZE || !is_alphanumeric(name.data[0]) ||
        !is_alphanumeric(name.data[name.size - 1]))
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_alphanumeric(name.data[i]) && name.data[i] != '-' && name.data[i] != '_' &&
            name.data[i] != '.')
            return false;
    return true;
}

static bool is_subdomain(struct slice name)
{
    if (name.size == 0 || name.size > PREFIX_MAX_SIZE)
        return false;
    // Each label between dots begins and ends with a letter or digit.
    for (size_t i = 0; i < name.size; i++) {
        bool edge =
            i == 0 || i + 1 == name.size || name.data[i - 1] == '.' || name.data[i + 1] == '.';
        bool inner = name.data[i] == '-' || name.data[i] == '.';

        if (!is_lower(name.data[i]) && !is_digit(name.data[i]) && (edge || !inner))
            return false;
    }
    return true;
}

bool names_is_qualified(struct slice key)
{
    const char *slash = key.size > 0 ? memchr(key.data, '/', key.size) : NULL;

    if (!slash)
        return is_name(key);
    struct slice prefix = {key.data, (size_t)(slash - key.data)};
    struct slice name = {slash + 1, key.size - prefix.size - 1};

    return is_subdomain(prefix) && is_name(name);
}

bool names_is_label_value(struct slice value)
{
    return value.size == 0 || is_name(value);
}

bool names_is_port(struct slice name)
{
    bool letter = false;

    if (name.size == 0 || name.size > PORT_NAME_MAX_SIZE)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        bool hyphen = name.data[i] == '-';

        if (!is_lower(name.data[i]) && !is_digit(name.data[i]) && !hyphen)
            return false;
        if (hyphen && (i == 0 || i + 1 == name.size || name.data[i - 1] == '-'))
            return false;
        letter = letter || is_lower(name.data[i]);
    }
    return letter;
}

bool names_is_header(struct slice name)
{
    for (size_t i = 0; i < name.size; i++)
        if (!is_alphanumeric(name.data[i]) && name.data[i] != '-')
            return false;
    return name.size > 0;
}
