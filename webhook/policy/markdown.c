// The rules' tables as Markdown that can also be read as it is.
#include "policy/load_shape.h"
#include "policy/schema.h"

static const char *scope_name(enum rule_scope scope)
{
    static const char *const names[] = {
        [RULE_WORKLOAD] = "workloads, the object",
        [RULE_CONTAINER] = "workloads, each container",
        [RULE_SERVICE] = "services",
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

struct slice schema_markdown(const struct rules *rules, struct arena *arena)
{
    struct text text;

    text_init(&text, arena, SCHEMA_SIZE_MAX);
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = rules->items[i];

        text_printf(&text, "%s### %s\n\n%s\n\nUnder %s.", i > 0 ? "\n" : "", rule->name,
                    rule->summary, scope_name(rule->scope));
        if (rule->scalar)
            text_printf(&text, " Short form: `%s:` with the value of `%s`.", rule->name,
                        rule->scalar);
        text_puts(&text,
                  "\n\n| setting | value | default | annotation | |\n|---|---|---|---|---|\n");
        for (const struct field *field = rule->settings; field->key; field++)
            add_field(&text, field);
    }
    return text_slice(&text);
}
