// Writes values as text. quote.c decides which strings need quotes.
#include "manifest/render.h"

#include "manifest/quote.h"

static void add_spaces(struct text *text, uint32_t count)
{
    static const char spaces[] = "                                ";
    const uint32_t most = sizeof(spaces) - 1;

    for (; count > most; count -= most)
        text_add(text, (struct slice){spaces, most});
    text_add(text, (struct slice){spaces, count});
}

static bool is_empty(struct value value)
{
    return value_first(value).node == 0;
}

static bool is_object(struct value value)
{
    return value_type(value) == TAPE_OBJECT;
}

static bool is_array(struct value value)
{
    return value_type(value) == TAPE_ARRAY;
}

// Returns a string decoded. Makes the text fail when memory is short.
static struct slice decoded(struct text *text, const struct render_style *style,
                            struct value string)
{
    struct slice slice = value_string(string, style->arena);

    if (!slice.data)
        text_fail(text);
    return slice;
}

static void flow_scalar(struct text *text, const struct render_style *style, struct value value)
{
    if (style->yaml && value_type(value) == TAPE_STRING)
        quote_double(text, decoded(text, style, value));
    else
        text_add(text, value_raw(value));
}

void render_flow_key(struct text *text, const struct render_style *style, struct slice key)
{
    if (style->yaml)
        quote_double(text, key);
    else
        text_json_string(text, key);
}

void render_flow(struct text *text, const struct render_style *style, struct value value)
{
    const char *between = "";

    if (!is_object(value) && !is_array(value)) {
        flow_scalar(text, style, value);
        return;
    }
    text_puts(text, is_array(value) ? "[" : is_empty(value) ? "{" : "{ ");
    for (struct value item = value_first(value); item.node; item = value_next(item)) {
        text_puts(text, between);
        if (is_object(value)) {
            flow_scalar(text, style, value_key(item));
            text_puts(text, ": ");
        }
        render_flow(text, style, item);
        between = ", ";
    }
    text_puts(text, is_array(value) ? "]" : is_empty(value) ? "}" : " }");
}

void render_inline(struct text *text, const struct render_style *style, struct value value)
{
    if (style->yaml && value_type(value) == TAPE_STRING)
        quote_plain(text, decoded(text, style, value));
    else
        render_flow(text, style, value);
}

void render_pretty(struct text *text, const struct render_style *style, struct value value,
                   uint32_t column)
{
    bool object = is_object(value);

    if ((!object && !is_array(value)) || is_empty(value)) {
        render_flow(text, style, value);
        return;
    }
    text_putc(text, object ? '{' : '[');
    for (struct value item = value_first(value); item.node; item = value_next(item)) {
        text_puts(text, text->size > 0 && strchr("{[", text->data[text->size - 1]) ? "" : ",");
        text_puts(text, style->line_end);
        add_spaces(text, column + style->step);
        if (object) {
            flow_scalar(text, style, value_key(item));
            text_puts(text, ": ");
        }
        render_pretty(text, style, item, column + style->step);
    }
    text_puts(text, style->line_end);
    add_spaces(text, column);
    text_putc(text, object ? '}' : ']');
}

static void block_list(struct text *text, const struct render_style *style, struct value list,
                       uint32_t column)
{
    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        text_puts(text, style->line_end);
        add_spaces(text, column);
        text_puts(text, "- ");
        if (is_object(item) && !is_empty(item))
            render_block(text, style, item, column + 2);
        else
            render_inline(text, style, item);
    }
}

static void block_member(struct text *text, const struct render_style *style, struct slice key,
                         struct value value, uint32_t column)
{
    quote_plain(text, key);
    text_putc(text, ':');
    if (is_object(value) && !is_empty(value)) {
        text_puts(text, style->line_end);
        add_spaces(text, column + style->step);
        render_block(text, style, value, column + style->step);
    } else if (is_array(value) && !is_empty(value)) {
        block_list(text, style, value, column + (style->indent_sequences ? style->step : 0));
    } else {
        text_putc(text, ' ');
        render_inline(text, style, value);
    }
}

void render_block(struct text *text, const struct render_style *style, struct value object,
                  uint32_t column)
{
    bool first = true;

    for (struct value member = value_first(object); member.node; member = value_next(member)) {
        if (!first) {
            text_puts(text, style->line_end);
            add_spaces(text, column);
        }
        block_member(text, style, decoded(text, style, value_key(member)), member, column);
        first = false;
    }
}

void render_member(struct text *text, const struct render_style *style, struct slice key,
                   struct value value, uint32_t column)
{
    add_spaces(text, column);
    block_member(text, style, key, value, column);
    text_puts(text, style->line_end);
}
