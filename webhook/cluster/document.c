// Finds members of JSON documents by path.
#include "cluster/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { DOCUMENT_KEY_MAX = 320, DOCUMENT_SELECTOR_MAX = 16 * 1024 };

json_t *document_at(const json_t *document, const char *path)
{
    const json_t *at = document;

    while (at && path && *path) {
        char key[DOCUMENT_KEY_MAX];
        const char *bar = strchr(path, '|'), *slash = strchr(path, '/');
        const char *end = slash && (!bar || slash < bar) ? slash : bar;
        size_t size = end ? (size_t)(end - path) : strlen(path);
        if (size >= sizeof(key))
            return NULL;
        memcpy(key, path, size);
        key[size] = '\0';
        at = json_object_get(at, key);
        if (end && *end == '|')
            return json_object_get(at, end + 1);
        path = end ? end + 1 : NULL;
    }
    return (json_t *)at;
}

const char *document_text(const json_t *document, const char *path)
{
    const char *text = json_string_value(document_at(document, path));

    return text ? text : "";
}

int64_t document_number(const json_t *document, const char *path)
{
    return (int64_t)json_integer_value(document_at(document, path));
}

bool document_true(const json_t *document, const char *path)
{
    return json_is_true(document_at(document, path));
}

void document_clean(char *text)
{
    json_t *string;

    text[slice_whole(slice_of(text)).size] = '\0';
    string = json_string(text);
    for (; !string && *text; text++)
        if (*text & 0x80)
            *text = '?';
    json_decref(string);
}

void document_print(FILE *stream, const char *text)
{
    for (; *text; text++)
        putc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stream);
}

bool document_is_owned_by(const json_t *object, const char *uid)
{
    json_t *owners = document_at(object, "metadata/ownerReferences"), *owner;
    size_t index;

    json_array_foreach(owners, index, owner)
    {
        if (document_true(owner, "controller"))
            return strcmp(document_text(owner, "uid"), uid) == 0;
    }
    return false;
}

struct selecting {
    char *text;
    size_t size;
};

static void selecting_add(struct selecting *selecting, const char *text)
{
    size_t size = strlen(text);

    if (selecting->size + size >= DOCUMENT_SELECTOR_MAX)
        return;
    memcpy(selecting->text + selecting->size, text, size + 1);
    selecting->size += size;
}

static void selecting_expression(struct selecting *selecting, const json_t *expression)
{
    const char *operator= document_text(expression, "operator");
    json_t *values = document_at(expression, "values"), *value;
    bool in = strcmp(operator, "In") == 0 || strcmp(operator, "NotIn") == 0;
    size_t index;

    selecting_add(selecting, selecting->size > 0 ? "," : "");
    selecting_add(selecting, strcmp(operator, "DoesNotExist") == 0 ? "!" : "");
    selecting_add(selecting, document_text(expression, "key"));
    if (!in)
        return;
    selecting_add(selecting, strcmp(operator, "In") == 0 ? " in (" : " notin (");
    json_array_foreach(values, index, value)
    {
        selecting_add(selecting, index > 0 ? "," : "");
        selecting_add(selecting, json_string_value(value) ? json_string_value(value) : "");
    }
    selecting_add(selecting, ")");
}

char *document_selector(const json_t *selector)
{
    struct selecting selecting = {calloc(1, DOCUMENT_SELECTOR_MAX), 0};
    json_t *labels = document_at(selector, "matchLabels"), *value, *expression;
    json_t *expressions = document_at(selector, "matchExpressions");
    const char *key;
    size_t index;

    if (!selecting.text)
        return NULL;
    json_object_foreach(labels, key, value)
    {
        selecting_add(&selecting, selecting.size > 0 ? "," : "");
        selecting_add(&selecting, key);
        selecting_add(&selecting, "=");
        selecting_add(&selecting, json_string_value(value) ? json_string_value(value) : "");
    }
    json_array_foreach(expressions, index, expression)
    {
        selecting_expression(&selecting, expression);
    }
    if (selecting.size > 0)
        return selecting.text;
    free(selecting.text);
    return NULL;
}
