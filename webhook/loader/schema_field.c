// Fields and shapes as JSON Schema. The schema does not have what the policy reader refuses beyond
// that (check functions, label syntax).
#include "loader/schema_field.h"

#include "loader/shape.h"

static void add_shape(struct text *json, const struct shape *shape);

void schema_add_words(struct text *json, const char *const *words)
{
    text_putc(json, '[');
    for (int i = 0; words[i]; i++) {
        text_puts(json, i > 0 ? "," : "");
        text_json_string(json, slice_of(words[i]));
    }
    text_putc(json, ']');
}

static void add_object(struct text *json, const struct shape *shapes)
{
    const char *comma = "";

    text_puts(json, "\"type\":\"object\",\"additionalProperties\":false,\"required\":[");
    for (const struct shape *shape = shapes; shape->key; shape++) {
        if (!shape->required)
            continue;
        text_printf(json, "%s\"%s\"", comma, shape->key);
        comma = ",";
    }
    text_puts(json, "],\"properties\":{");
    for (const struct shape *shape = shapes; shape->key; shape++) {
        text_printf(json, "%s\"%s\":", shape == shapes ? "" : ",", shape->key);
        add_shape(json, shape);
    }
    text_putc(json, '}');
}

static void add_string(struct text *json, const struct shape *shape)
{
    text_puts(json, "\"type\":\"string\"");
    if (shape->values) {
        text_puts(json, ",\"enum\":");
        schema_add_words(json, shape->values);
    }
    if (shape->minimum > 0)
        text_printf(json, ",\"minLength\":%d", (int)shape->minimum);
    if (shape->maximum > 0)
        text_printf(json, ",\"maxLength\":%d", (int)shape->maximum);
}

static void add_list(struct text *json, const struct shape *shape)
{
    text_printf(json, "\"type\":\"array\",\"minItems\":%d,", (int)shape->minimum);
    if (shape->maximum > 0)
        text_printf(json, "\"maxItems\":%d,", (int)shape->maximum);
    text_puts(json, "\"items\":{");
    if (shape->type == SHAPE_STRINGS)
        text_puts(json, "\"type\":\"string\"");
    else
        add_object(json, shape->members);
    text_putc(json, '}');
}

static void add_shape(struct text *json, const struct shape *shape)
{
    text_putc(json, '{');
    switch (shape->type) {
    case SHAPE_OBJECT:
        add_object(json, shape->members);
        break;
    case SHAPE_LIST:
    case SHAPE_STRINGS:
        add_list(json, shape);
        break;
    case SHAPE_STRING:
        add_string(json, shape);
        break;
    case SHAPE_INTEGER:
        text_printf(json, "\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d", (int)shape->minimum,
                    (int)shape->maximum);
        break;
    case SHAPE_INT_OR_STRING:
        text_printf(json,
                    "\"anyOf\":[{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d},"
                    "{\"type\":\"string\",\"minLength\":1}]",
                    (int)shape->minimum, (int)shape->maximum);
        break;
    case SHAPE_BOOLEAN:
        text_puts(json, "\"type\":\"boolean\"");
        break;
    }
    if (shape->fallback)
        text_printf(json, ",\"default\":%s", shape->fallback);
    text_putc(json, '}');
}

static void add_type(struct text *json, const struct field *field)
{
    switch (field->type) {
    case FIELD_BOOLEAN:
        text_puts(json, ",\"type\":\"boolean\"");
        break;
    case FIELD_INTEGER:
        text_printf(json, ",\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d",
                    (int)field->minimum, (int)field->maximum);
        break;
    case FIELD_ENUM:
        text_puts(json, ",\"enum\":");
        schema_add_words(json, field->values);
        break;
    case FIELD_STRING:
        text_puts(json, ",\"type\":[\"string\",\"integer\"]");
        break;
    case FIELD_INT_OR_PERCENT:
        text_printf(json,
                    ",\"anyOf\":[{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d},"
                    "{\"type\":\"string\",\"pattern\":\"^0*(100|[0-9]{1,2})%%$\"}]",
                    (int)field->minimum, (int)field->maximum);
        break;
    case FIELD_STRINGS:
        text_puts(json, ",\"type\":\"array\",\"minItems\":1,"
                        "\"items\":{\"type\":[\"string\",\"integer\"]}");
        break;
    case FIELD_STRING_MAP:
        text_puts(json, ",\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}");
        break;
    case FIELD_JSON:
        text_putc(json, ',');
        if (shape_is_list(field))
            add_list(json, &field->shape[0]);
        else
            add_object(json, field->shape);
        break;
    }
}

static void add_default(struct text *json, const struct field *field)
{
    bool bare =
        field->type == FIELD_BOOLEAN || field->type == FIELD_INTEGER || field->type == FIELD_JSON;
    int64_t number;

    if (!field->fallback)
        return;
    if (field->type == FIELD_INT_OR_PERCENT)
        bare = slice_integer(slice_of(field->fallback), INT32_MIN, INT32_MAX, &number);
    text_puts(json, ",\"default\":");
    if (bare)
        text_puts(json, field->fallback);
    else
        text_json_string(json, slice_of(field->fallback));
}

void schema_add_field(struct text *json, const struct field *field)
{
    text_puts(json, "{\"description\":");
    text_json_string(json, slice_of(field->doc));
    add_type(json, field);
    add_default(json, field);
    text_putc(json, '}');
}
