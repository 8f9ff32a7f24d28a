// Follows JSON Pointers (RFC 6901) through jansson documents, exactly as the RFC says. It does not
// change the documents.
#include "manifest/location.h"

#include <stdlib.h>
#include <sys/types.h>

// Decodes the reference token at the start of `rest` (after its slash) into `token`, which has room
// for it. Moves `rest` to after the token (RFC 6901 section 3). Returns the token's size, or -1.
static ssize_t token_decode(struct slice *rest, char *token, struct error *error)
{
    size_t size = 0;
    size_t i = 0;

    for (; i < rest->size && rest->data[i] != '/'; i++) {
        char byte = rest->data[i];
        if (byte == '~') {
            char code = i + 1 < rest->size ? rest->data[i + 1] : 0;
            if (code != '0' && code != '1')
                return error_set(error, "a ~ that is neither ~0 nor ~1 in the pointer");
            byte = code == '0' ? '~' : '/';
            i++;
        }
        token[size++] = byte;
    }
    rest->data += i;
    rest->size -= i;
    return (ssize_t)size;
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size > 0;
}

int location_index(struct slice token, size_t limit, size_t *index, struct error *error)
{
    int64_t number;

    if (token.size > 1 && token.data[0] == '0')
        return error_set(error, "a leading zero in the array index \"%.*s\"", (int)token.size,
                         token.data);
    if (!is_digits(token))
        return error_set(error, "\"%.*s\" is not an index of an array", (int)token.size,
                         token.data);
    if (!slice_integer(token, 0, INT32_MAX, &number) || (size_t)number >= limit)
        return error_set(error, "the array index %.*s is past the end", (int)token.size,
                         token.data);
    *index = (size_t)number;
    return 0;
}

static json_t *child_get(json_t *parent, struct slice token, struct error *error)
{
    json_t *child = NULL;
    size_t index;

    if (json_is_array(parent)) {
        if (slice_is(token, "-"))
            error_set(error, "\"-\" is after the array's last item, where there is nothing");
        else if (location_index(token, json_array_size(parent), &index, error) == 0)
            child = json_array_get(parent, index);
    } else if (json_is_object(parent)) {
        child = json_object_getn(parent, token.data, token.size);
        if (!child)
            error_set(error, "there is no member \"%.*s\"", (int)token.size, token.data);
    } else {
        error_set(error, "\"%.*s\" is looked for in a value that is neither an object nor an array",
                  (int)token.size, token.data);
    }
    return child;
}

void location_clear(struct location *location)
{
    free(location->token);
}

int location_find(json_t *root, struct slice pointer, struct location *location,
                  struct error *error)
{
    struct slice rest = pointer;
    struct location found = {.token = calloc(1, pointer.size + 1)};
    ssize_t size;

    if (!found.token)
        return error_set(error, "memory is short");
    if (rest.size > 0 && rest.data[0] != '/') {
        error_set(error, "a pointer must be empty or begin with /");
        goto failed;
    }
    while (rest.size > 0) {
        if (found.parent)
            root = child_get(root, (struct slice){found.token, found.size}, error);
        if (!root)
            goto failed;
        found.parent = root;
        rest.data++;
        rest.size--;
        size = token_decode(&rest, found.token, error);
        if (size < 0)
            goto failed;
        found.size = (size_t)size;
        found.token[found.size] = '\0';
    }
    *location = found;
    return 0;

failed:
    free(found.token);
    return -1;
}

json_t *location_get(json_t *root, const struct location *location, struct error *error)
{
    if (!location->parent)
        return root;
    return child_get(location->parent, (struct slice){location->token, location->size}, error);
}
