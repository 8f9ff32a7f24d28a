// Line breaks of YAML 1.1 (section 4.2): LF, CRLF, CR, and also NEL, LS and PS, as in libyaml and
// the API's reader.
#include "yaml/yaml.h"

static const char *const breaks[] = {"\r\n",     "\n",           "\r",
                                     "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
enum { BREAKS = sizeof(breaks) / sizeof(breaks[0]) };

// Lines may be long, and nearly every byte is in neither list.
static bool is_among(const char *list, char byte)
{
    return byte && strchr(list, byte);
}

uint32_t yaml_break_at(struct slice text, uint32_t at)
{
    struct slice rest = {text.data + at, text.size - at};

    if (rest.size == 0 || !is_among("\r\n\xc2\xe2", rest.data[0]))
        return 0;
    for (size_t i = 0; i < BREAKS; i++) {
        if (slice_starts_with(rest, breaks[i]))
            return (uint32_t)strlen(breaks[i]);
    }
    return 0;
}

uint32_t yaml_break_before(struct slice text, uint32_t at)
{
    if (at == 0 || !is_among("\r\n\x85\xa8\xa9", text.data[at - 1]))
        return 0;
    for (size_t i = 0; i < BREAKS; i++) {
        size_t size = strlen(breaks[i]);
        if (size <= at && memcmp(text.data + at - size, breaks[i], size) == 0)
            return (uint32_t)size;
    }
    return 0;
}
