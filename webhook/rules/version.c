// Splits an image reference. It does not check that the parts are valid.
#include "rules/version.h"

struct slice version_of_image(struct slice image)
{
    const char *digest = image.size > 0 ? memchr(image.data, '@', image.size) : NULL;
    size_t size = digest ? (size_t)(digest - image.data) : image.size;

    // A colon before the last slash belongs to the registry's port.
    for (size_t i = size; i > 0 && image.data[i - 1] != '/'; i--)
        if (image.data[i - 1] == ':')
            return i < size ? (struct slice){image.data + i, size - i} : (struct slice){NULL, 0};
    return (struct slice){NULL, 0};
}
