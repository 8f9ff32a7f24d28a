// Image names (distribution's reference grammar), as much as the default of imagePullPolicy needs.
#include "manifest/schema.h"

static const char *find(struct slice text, char byte)
{
    return text.size ? memchr(text.data, byte, text.size) : NULL;
}

static struct slice before(struct slice text, const char *end)
{
    return (struct slice){text.data, end ? (size_t)(end - text.data) : text.size};
}

static struct slice behind(struct slice text, const char *at)
{
    return (struct slice){at + 1, text.size - (size_t)(at + 1 - text.data)};
}

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

// A path component: lower-case letters and digits, with separators between them.
static bool is_component(struct slice text)
{
    if (text.size == 0 || !is_alphanumeric(text.data[0]) ||
        !is_alphanumeric(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_alphanumeric(text.data[i]) && !strchr("._-", text.data[i]))
            return false;
    }
    return true;
}

static bool is_registry(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_alphanumeric(text.data[i] | 0x20) && !strchr(".-:[]", text.data[i]))
            return false;
    }
    return text.size > 0;
}

static bool is_tag(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_alphanumeric(text.data[i] | 0x20) && !strchr("._-", text.data[i]))
            return false;
    }
    return text.size > 0 && text.size <= 128 && text.data[0] != '.' && text.data[0] != '-';
}

static bool is_path(struct slice path)
{
    bool valid = path.size > 0;

    while (valid) {
        const char *slash = find(path, '/');
        valid = is_component(before(path, slash));
        if (!slash)
            break;
        path = behind(path, slash);
    }
    return valid;
}

bool schema_image_is_latest(struct slice image)
{
    const char *digest = find(image, '@');
    const char *slash;
    const char *colon;

    image = before(image, digest);
    slash = find(image, '/');
    if (slash && is_registry(before(image, slash)) && !is_component(before(image, slash)))
        image = behind(image, slash);
    colon = find(image, ':');
    if (!is_path(before(image, colon)))
        return false;
    if (!colon)
        return !digest;
    return is_tag(behind(image, colon)) && slice_is(behind(image, colon), "latest");
}
