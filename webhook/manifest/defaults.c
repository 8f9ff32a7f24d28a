// Writes an object again with its defaults, from the tables of schema.c. Values without a table are
// copied as raw bytes.
#include "manifest/defaults.h"

#include "manifest/schema.h"

struct writer {
    struct text *text;
    const struct defaults_context *context;
};

static void write_value(const struct writer *writer, struct value value,
                        const struct schema *members);
static void write_object(const struct writer *writer, struct value object,
                         const struct schema *fields);

static bool counts_as_absent(struct value value, const struct schema *field)
{
    int64_t number;

    if (!value_exists(value))
        return true;
    if (!field->zero)
        return false;
    return value_is(value, "") || (value_integer(value, &number) && number == 0);
}

static struct slice default_of(const struct writer *writer, struct value object,
                               const struct schema *field)
{
    if (field->depends)
        return field->depends(object, writer->context);
    return slice_of(field->json);
}

static const struct schema *field_find(const struct schema *fields, struct value key)
{
    for (const struct schema *field = fields; field && field->key; field++) {
        if (value_is(key, field->key))
            return field;
    }
    return NULL;
}

static void write_comma(struct text *text)
{
    if (text->size > 0 && !strchr("{[", text->data[text->size - 1]))
        text_putc(text, ',');
}

static void write_default(const struct writer *writer, struct slice json,
                          const struct schema *field)
{
    if (json.size == 0)
        write_object(writer, (struct value){0}, field->members);
    else
        text_add(writer->text, json);
}

static void write_left_out(const struct writer *writer, struct value object,
                           const struct schema *field)
{
    struct slice json = {0};

    if (!value_get(object, field->key).node)
        json = default_of(writer, object, field);
    if (!json.data)
        return;
    write_comma(writer->text);
    text_json_string(writer->text, slice_of(field->key));
    text_putc(writer->text, ':');
    write_default(writer, json, field);
}

static bool is_empty(struct value value)
{
    int64_t number;

    switch (value_type(value)) {
    case TAPE_OBJECT:
    case TAPE_ARRAY:
        return value_count(value) == 0;
    case TAPE_STRING:
        return value_is(value, "");
    case TAPE_NUMBER:
        return value_integer(value, &number) && number == 0;
    default:
        return !value_is_true(value);
    }
}

static void write_member(const struct writer *writer, struct value object, struct value member,
                         const struct schema *fields)
{
    struct value key = value_key(member);
    const struct schema *field = field_find(fields, key);

    if (field && field->drops && is_empty(member) && !default_of(writer, object, field).data)
        return;
    write_comma(writer->text);
    text_add(writer->text, value_raw(key));
    text_putc(writer->text, ':');
    if (field && value_get(object, field->key).node == member.node) {
        struct slice json =
            counts_as_absent(member, field) ? default_of(writer, object, field) : (struct slice){0};
        if (json.data)
            write_default(writer, json, field);
        else
            write_value(writer, member, field->members);
        return;
    }
    text_add(writer->text, value_raw(member));
}

static void write_object(const struct writer *writer, struct value object,
                         const struct schema *fields)
{
    text_putc(writer->text, '{');
    for (struct value member = value_first(object); member.node; member = value_next(member))
        write_member(writer, object, member, fields);
    for (const struct schema *field = fields; field->key; field++)
        write_left_out(writer, object, field);
    text_putc(writer->text, '}');
}

static void write_list(const struct writer *writer, struct value list, const struct schema *members)
{
    text_putc(writer->text, '[');
    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        write_comma(writer->text);
        write_value(writer, item, members);
    }
    text_putc(writer->text, ']');
}

static void write_value(const struct writer *writer, struct value value,
                        const struct schema *members)
{
    if (members && value_type(value) == TAPE_OBJECT)
        write_object(writer, value, members);
    else if (members && value_type(value) == TAPE_ARRAY)
        write_list(writer, value, members);
    else
        text_add(writer->text, value_raw(value));
}

void defaults_add(struct text *text, struct value object, struct slice api_version,
                  struct slice kind, const struct defaults_context *context)
{
    struct writer writer = {text, context};

    write_value(&writer, object, schema_find(api_version, kind));
}
