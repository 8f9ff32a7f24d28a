// The rules' tables as Markdown, which is readable as plain text too.
#include "loader/schema.h"
#include "loader/shape.h"

static const char *scope_name(enum rule_scope scope)
{
    static const char *const names[] = {
        [RULE_WORKLOAD] = "`workloads`, once for the object",
        [RULE_CONTAINER] = "`workloads`, for each container",
        [RULE_SERVICE] = "`services`",
    };

    return names[scope];
}

static void add_words(struct text *text, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        text_printf(text, "%s`%s`", i > 0 ? ", " : "", words[i]);
}

static void add_type(struct text *text, const struct field *field)
{
    switch (field->type) {
    case FIELD_BOOLEAN:
        text_puts(text, "`true`, `false`");
        break;
    case FIELD_INTEGER:
        text_printf(text, "%d to %d", (int)field->minimum, (int)field->maximum);
        break;
    case FIELD_ENUM:
        add_words(text, field->values);
        break;
    case FIELD_STRING:
        text_puts(text, "string");
        break;
    case FIELD_INT_OR_PERCENT:
        text_printf(text, "%d to %d, or 0%% to 100%%", (int)field->minimum, (int)field->maximum);
        break;
    case FIELD_STRINGS:
        text_puts(text, "list of strings");
        break;
    case FIELD_STRING_MAP:
        text_puts(text, "map of strings");
        break;
    case FIELD_JSON:
        text_puts(text, shape_is_list(field) ? "list of objects" : "object");
        break;
    }
}

static void add_field(struct text *text, const struct field *field)
{
    text_printf(text, "| `%s` | ", field->key);
    add_type(text, field);
    if (field->fallback && field->fallback[0])
        text_printf(text, " | `%s` | ", field->fallback);
    else
        text_puts(text, " | | ");
    if (field->annotation)
        text_printf(text, "`evenkeel.dev/%s`", field->annotation);
    text_printf(text, " | %s |\n", field->doc);
}

// The rows that every rule has (FIELDS_COMMON), or those that it has alone.
static void add_table(struct text *text, const struct field *fields, bool common)
{
    text_puts(text, "\n| setting | value | default | annotation | |\n|---|---|---|---|---|\n");
    for (const struct field *field = fields; field->key; field++)
        if ((field->offset < sizeof(struct settings)) == common)
            add_field(text, field);
}

static void add_rule(struct text *text, const struct rule *rule)
{
    text_printf(text, "\n### %s\n\n%s Under %s.", rule->name, rule->summary,
                scope_name(rule->scope));
    if (rule->scalar)
        text_printf(text, " Short form: `%s:` with the value of `%s`.", rule->name, rule->scalar);
    text_putc(text, '\n');
    add_table(text, rule->settings, false);
}

struct slice schema_markdown(const struct rules *rules, struct arena *arena)
{
    struct text text;

    text_init(&text, arena, SCHEMA_SIZE_MAX);
    text_puts(&text, "Every rule has these settings:\n");
    if (rules->count > 0)
        add_table(&text, rules->items[0]->settings, true);
    for (uint32_t i = 0; i < rules->count; i++)
        add_rule(&text, rules->items[i]);
    return text_slice(&text);
}
