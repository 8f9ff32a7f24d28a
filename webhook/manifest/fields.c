// Only names fields. The reader of the entry decides which of them matter.
#include "manifest/fields.h"

static void add_set(struct text *text, struct value value);

static void add_comma(struct text *text)
{
    if (text->size > 0 && text->data[text->size - 1] != '{')
        text_putc(text, ',');
}

static bool is_containers(struct value key)
{
    return value_is(key, "containers") || value_is(key, "initContainers");
}

// `"k:{\"name\":\"app\"}":{".":{},…}`: the name's bytes are JSON inside JSON.
static void add_container(struct text *text, struct value container)
{
    struct value name = value_get(container, "name");

    if (value_type(name) != TAPE_STRING)
        return;
    add_comma(text);
    text_puts(text, "\"k:{\\\"name\\\":");
    text_json_part(text, value_raw(name));
    text_puts(text, "}\":{\".\":{}");
    for (struct value item = value_first(container); item.node; item = value_next(item)) {
        text_puts(text, ",\"f:");
        text_add(text, (struct slice){value_raw(value_key(item)).data + 1,
                                      value_raw(value_key(item)).size - 2});
        text_puts(text, "\":");
        add_set(text, item);
    }
    text_putc(text, '}');
}

static void add_containers(struct text *text, struct value list)
{
    text_putc(text, '{');
    for (struct value item = value_first(list); item.node; item = value_next(item))
        add_container(text, item);
    text_putc(text, '}');
}

static void add_set(struct text *text, struct value value)
{
    text_putc(text, '{');
    for (struct value item = value_first(value); value_type(value) == TAPE_OBJECT && item.node;
         item = value_next(item)) {
        struct slice key = value_raw(value_key(item));
        add_comma(text);
        text_puts(text, "\"f:");
        text_add(text, (struct slice){key.data + 1, key.size - 2});
        text_puts(text, "\":");
        if (is_containers(value_key(item)) && value_type(item) == TAPE_ARRAY)
            add_containers(text, item);
        else
            add_set(text, item);
    }
    text_putc(text, '}');
}

// The fields that name the object have no owner.
static void add_metadata(struct text *text, struct value metadata)
{
    text_puts(text, "{");
    for (struct value item = value_first(metadata); item.node; item = value_next(item)) {
        struct value key = value_key(item);
        if (!value_is(key, "labels") && !value_is(key, "annotations"))
            continue;
        add_comma(text);
        text_puts(text, value_is(key, "labels") ? "\"f:labels\":" : "\"f:annotations\":");
        add_set(text, item);
    }
    text_putc(text, '}');
}

void fields_add(struct text *text, struct value object, struct slice api_version)
{
    text_puts(text, "[{\"manager\":\"kubectl\",\"operation\":\"Apply\",\"apiVersion\":");
    text_json_string(text, api_version);
    text_puts(text, ",\"time\":\"2026-01-01T00:00:00Z\",\"fieldsType\":\"FieldsV1\","
                    "\"fieldsV1\":{\"f:metadata\":");
    add_metadata(text, value_get(object, "metadata"));
    for (struct value item = value_first(object); item.node; item = value_next(item)) {
        struct slice key = value_raw(value_key(item));
        if (value_is(value_key(item), "metadata") || value_is(value_key(item), "apiVersion") ||
            value_is(value_key(item), "kind") || value_is(value_key(item), "status"))
            continue;
        text_puts(text, ",\"f:");
        text_add(text, (struct slice){key.data + 1, key.size - 2});
        text_puts(text, "\":");
        add_set(text, item);
    }
    text_puts(text, "}}]");
}
