// Finds rules and fields by their names, and merges the settings that apply.
#include "loader/advising.h"

#include "loader/force.h"

#include "loader/problems.h"

uint32_t advising_find_rule(const struct rules *rules, const char *name)
{
    uint32_t index = 0;

    while (index < rules->count && !slice_is(slice_of(name), rules->items[index]->name))
        index++;
    return index;
}

// The start of a line's text, after white space and the dashes of a list.
static uint32_t column_of(struct slice yaml, uint32_t line)
{
    const char *start = yaml.data, *end = yaml.data + yaml.size, *at;

    for (uint32_t i = 1; i < line && start; i++) {
        start = memchr(start, '\n', (size_t)(end - start));
        start = start ? start + 1 : NULL;
    }
    for (at = start; at && at < end && (*at == ' ' || *at == '-');)
        at++;
    return at ? (uint32_t)(at - start) + 1 : 1;
}

void advising_warn(struct advising *advising, uint32_t line, const char *format, ...)
{
    va_list arguments;

    if (problems_full(advising->problems))
        line = 0;
    va_start(arguments, format);
    problems_add(advising->problems, true, line, line ? column_of(advising->yaml, line) : 0, format,
                 arguments);
    va_end(arguments);
}

// Lays what is in force for `entry` over the rule's defaults, in `out` of the rule's size. False
// when no entry names the rule for it, or it is switched off.
bool advising_in_force(struct advising *advising, const struct entry *entry, uint32_t rule,
                       struct settings *out)
{
    const struct force force = {advising->policy, advising->rules, &advising->cover,
                                advising->entries, advising->count};

    return force_settings(&force, entry, rule, out);
}

const struct field *advising_find_field(const struct rule *rule, const char *key)
{
    for (const struct field *field = rule->settings; field->key; field++)
        if (slice_is(slice_of(key), field->key))
            return field;
    return NULL;
}

// An integer field's value; `otherwise` when the rule has no such field.
int32_t advising_integer(const struct rule *rule, const struct settings *settings, const char *key,
                         int32_t otherwise)
{
    const struct field *field = advising_find_field(rule, key);

    if (!field || field->type != FIELD_INTEGER)
        return otherwise;
    return *(const int32_t *)((const char *)settings + field->offset);
}

bool advising_is_present(const struct rule *rule, const struct settings *settings, const char *key)
{
    const struct field *field = advising_find_field(rule, key);

    return field && (settings->present >> (field - rule->settings) & 1);
}

// The line of the first field that an entry gives, or else the entry's.
uint32_t advising_line(const struct settings *settings)
{
    uint32_t line = 0;

    for (uint32_t i = 0; i < SETTINGS_FIELDS_MAX; i++)
        if (settings->line[i] != 0 && (line == 0 || settings->line[i] < line))
            line = settings->line[i];
    return line ? line : settings->entry_line;
}
