// Applies JSON Patches (RFC 6902) to jansson documents, exactly as the RFC says. It shares no code
// with the engine that writes the patches, so one can check the other. It does not read or print
// JSON.
#include "manifest/apply.h"

#include <string.h>

#include "manifest/location.h"

static struct slice string_of(const json_t *string)
{
    return (struct slice){json_string_value(string), json_string_length(string)};
}

static int operation_member(const json_t *operation, const char *key, json_t **value,
                            struct error *error)
{
    json_t *found = json_object_get(operation, key);

    if (!found)
        return error_set(error, "the member \"%s\" is missing", key);
    *value = found;
    return 0;
}

static int operation_string(const json_t *operation, const char *key, struct slice *text,
                            struct error *error)
{
    json_t *value = NULL;

    if (operation_member(operation, key, &value, error))
        return -1;
    if (!json_is_string(value))
        return error_set(error, "the member \"%s\" is not a string", key);
    *text = string_of(value);
    return 0;
}

static json_t *pointer_get(json_t *root, struct slice pointer, struct error *error)
{
    struct location location;
    json_t *value;

    if (location_find(root, pointer, &location, error))
        return NULL;
    value = location_get(root, &location, error);
    location_clear(&location);
    return value;
}

static int array_add(json_t *array, struct slice token, json_t *value, struct error *error)
{
    size_t index = json_array_size(array);

    if (!slice_is(token, "-") && location_index(token, index + 1, &index, error))
        return -1;
    return json_array_insert(array, index, value) ? error_set(error, "memory is short") : 0;
}

static int object_set(json_t *object, struct slice token, json_t *value, struct error *error)
{
    if (memchr(token.data, '\0', token.size))
        return error_set(error, "a member's name with a NUL cannot be held");
    if (json_object_setn(object, token.data, token.size, value))
        return error_set(error, "memory is short, or the name is not UTF-8");
    return 0;
}

static void root_set(json_t **root, json_t *value)
{
    json_incref(value);
    json_decref(*root);
    *root = value;
}

// Borrows `value`.
static int add(json_t **root, struct slice pointer, json_t *value, struct error *error)
{
    struct location location;
    struct slice token;
    int result = 0;

    if (location_find(*root, pointer, &location, error))
        return -1;
    token = (struct slice){location.token, location.size};
    if (!location.parent)
        root_set(root, value);
    else if (json_is_array(location.parent))
        result = array_add(location.parent, token, value, error);
    else if (json_is_object(location.parent))
        result = object_set(location.parent, token, value, error);
    else
        result = error_set(error, "the parent is neither an object nor an array");
    location_clear(&location);
    return result;
}

static int remove_value(json_t **root, struct slice pointer, struct error *error)
{
    struct location location;
    size_t index = 0;
    int result = -1;

    if (location_find(*root, pointer, &location, error))
        return -1;
    if (!location.parent)
        error_set(error, "the whole document cannot be removed");
    else if (!location_get(*root, &location, error))
        ;
    else if (json_is_object(location.parent))
        result = json_object_deln(location.parent, location.token, location.size);
    else if (location_index((struct slice){location.token, location.size},
                            json_array_size(location.parent), &index, error) == 0)
        result = json_array_remove(location.parent, index);
    location_clear(&location);
    return result;
}

static int replace(json_t **root, struct slice pointer, json_t *value, struct error *error)
{
    struct location location;
    struct slice token;
    size_t index = 0;
    int result = -1;

    if (location_find(*root, pointer, &location, error))
        return -1;
    token = (struct slice){location.token, location.size};
    if (!location_get(*root, &location, error))
        goto done;
    result = 0;
    if (!location.parent)
        root_set(root, value);
    else if (json_is_object(location.parent))
        result = object_set(location.parent, token, value, error);
    else if (location_index(token, json_array_size(location.parent), &index, error) ||
             json_array_set(location.parent, index, value))
        result = error_set(error, "memory is short");
done:
    location_clear(&location);
    return result;
}

// Returns a new reference to a copy of the operation's value.
static json_t *operation_value(const json_t *operation, struct error *error)
{
    json_t *value = NULL;
    json_t *copy;

    if (operation_member(operation, "value", &value, error))
        return NULL;
    copy = json_deep_copy(value);
    if (!copy)
        error_set(error, "memory is short");
    return copy;
}

static int operation_add(json_t **root, const json_t *operation, struct slice path,
                         struct error *error)
{
    json_t *value = operation_value(operation, error);
    int result = value ? add(root, path, value, error) : -1;

    json_decref(value);
    return result;
}

static int operation_replace(json_t **root, const json_t *operation, struct slice path,
                             struct error *error)
{
    json_t *value = operation_value(operation, error);
    int result = value ? replace(root, path, value, error) : -1;

    json_decref(value);
    return result;
}

static int operation_remove(json_t **root, const json_t *operation, struct slice path,
                            struct error *error)
{
    (void)operation;
    return remove_value(root, path, error);
}

// RFC 6902 section 4.4: a value cannot move into its own child. Escapes have only one form, so
// bytes can be compared.
static bool is_inside(struct slice path, struct slice from)
{
    return path.size > from.size && path.data[from.size] == '/' &&
           memcmp(path.data, from.data, from.size) == 0;
}

static int operation_move(json_t **root, const json_t *operation, struct slice path,
                          struct error *error)
{
    struct slice from;
    json_t *value;
    int result;

    if (operation_string(operation, "from", &from, error))
        return -1;
    value = pointer_get(*root, from, error);
    if (!value)
        return -1;
    if (is_inside(path, from))
        return error_set(error, "a value cannot be moved into itself");
    if (slice_equal(path, from))
        return 0;
    json_incref(value);
    result = remove_value(root, from, error);
    if (result == 0)
        result = add(root, path, value, error);
    json_decref(value);
    return result;
}

static int operation_copy(json_t **root, const json_t *operation, struct slice path,
                          struct error *error)
{
    struct slice from;
    json_t *value;
    int result;

    if (operation_string(operation, "from", &from, error))
        return -1;
    value = pointer_get(*root, from, error);
    if (!value)
        return -1;
    value = json_deep_copy(value);
    result = value ? add(root, path, value, error) : error_set(error, "memory is short");
    json_decref(value);
    return result;
}

static bool equal(const json_t *a, const json_t *b);

static bool equal_objects(const json_t *a, const json_t *b)
{
    const char *key;
    size_t size;
    json_t *value;

    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_keylen_foreach((json_t *)a, key, size, value)
    {
        if (!equal(value, json_object_getn(b, key, size)))
            return false;
    }
    return true;
}

static bool equal_arrays(const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++) {
        if (!equal(json_array_get(a, i), json_array_get(b, i)))
            return false;
    }
    return true;
}

// RFC 6902 section 4.6. It does not use json_equal(), for which 1 and 1.0 differ.
static bool equal(const json_t *a, const json_t *b)
{
    if (json_is_object(a) && json_is_object(b))
        return equal_objects(a, b);
    if (json_is_array(a) && json_is_array(b))
        return equal_arrays(a, b);
    if (json_is_number(a) && json_is_number(b) && json_typeof(a) != json_typeof(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

static int operation_test(json_t **root, const json_t *operation, struct slice path,
                          struct error *error)
{
    json_t *wanted = NULL;
    json_t *found;

    if (operation_member(operation, "value", &wanted, error))
        return -1;
    found = pointer_get(*root, path, error);
    if (!found)
        return -1;
    return equal(found, wanted) ? 0 : error_set(error, "the value is not the one tested for");
}

static const struct {
    const char *name;
    int (*apply)(json_t **root, const json_t *operation, struct slice path, struct error *error);
} operations[] = {
    {"add", operation_add},   {"remove", operation_remove}, {"replace", operation_replace},
    {"move", operation_move}, {"copy", operation_copy},     {"test", operation_test},
};

static int operation_apply(json_t **root, const json_t *operation, struct error *error)
{
    struct slice name;
    struct slice path;

    if (!json_is_object(operation))
        return error_set(error, "it is not an object");
    if (operation_string(operation, "op", &name, error) ||
        operation_string(operation, "path", &path, error))
        return -1;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (slice_is(name, operations[i].name))
            return operations[i].apply(root, operation, path, error);
    }
    return error_set(error, "\"%.*s\" is not an operation", (int)name.size, name.data);
}

json_t *apply_patch(const json_t *document, const json_t *patch, struct error *error)
{
    struct error inner = {0};
    json_t *root;

    if (!json_is_array(patch)) {
        error_set(error, "a JSON Patch is an array of operations");
        return NULL;
    }
    root = json_deep_copy(document);
    if (!root)
        error_set(error, "memory is short");
    for (size_t i = 0; root && i < json_array_size(patch); i++) {
        if (operation_apply(&root, json_array_get(patch, i), &inner)) {
            error_set(error, "operation %zu: %s", i, inner.text);
            json_decref(root);
            root = NULL;
        }
    }
    return root;
}
