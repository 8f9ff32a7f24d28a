// Reads, marks and merges settings by their table. It knows types, not what a setting means.
#include "policy/settings.h"

#include <stdio.h>

#include "base/arena.h"

const char *const mode_names[] = {[MODE_ENFORCE] = "enforce", [MODE_OBSERVE] = "observe", NULL};

enum { EXPECTED_MAX = 256 }; // of the list of words in a message

uint32_t fields_count(const struct field *fields)
{
    uint32_t count = 0;

    while (fields[count].key)
        count++;
    return count;
}

static size_t field_size(enum field_type type)
{
    switch (type) {
    case FIELD_BOOLEAN:
        return sizeof(bool);
    case FIELD_INTEGER:
        return sizeof(int32_t);
    case FIELD_ENUM:
        return sizeof(int);
    case FIELD_STRING:
    case FIELD_JSON:
        return sizeof(struct slice);
    case FIELD_INT_OR_PERCENT:
        return sizeof(struct int_or_percent);
    case FIELD_STRINGS:
        return sizeof(struct slices);
    case FIELD_STRING_MAP:
        return sizeof(struct pairs);
    }
    return 0;
}

static void *field_at(const struct field *field, struct settings *settings)
{
    return (char *)settings + field->offset;
}

// One value of any type that has a plain form.
union plain {
    bool boolean;
    int32_t integer;
    int word;
    struct slice string;
    struct int_or_percent share;
    struct slices strings;
};

static int parse_boolean(struct slice text, union plain *out, struct error *error)
{
    if (!slice_is(text, "true") && !slice_is(text, "false"))
        return error_set(error, "expected true or false");
    out->boolean = slice_is(text, "true");
    return 0;
}

static int parse_integer(const struct field *field, struct slice text, union plain *out,
                         struct error *error)
{
    int64_t value;

    if (!slice_integer(text, field->minimum, field->maximum, &value))
        return error_set(error, "expected an integer from %d to %d", (int)field->minimum,
                         (int)field->maximum);
    out->integer = (int32_t)value;
    return 0;
}

static int parse_share(const struct field *field, struct slice text, union plain *out,
                       struct error *error)
{
    struct slice number = text;
    bool percent = text.size > 0 && text.data[text.size - 1] == '%';
    int64_t value;

    if (percent)
        number.size--;
    if (!slice_integer(number, percent ? 0 : field->minimum, percent ? 100 : field->maximum,
                       &value))
        return error_set(error, "expected an integer from %d to %d, or a share from 0%% to 100%%",
                         (int)field->minimum, (int)field->maximum);
    out->share = (struct int_or_percent){(int32_t)value, percent};
    return 0;
}

static int parse_word(const struct field *field, struct slice text, union plain *out,
                      struct error *error)
{
    char expected[EXPECTED_MAX] = "";
    size_t size = 0;

    for (int i = 0; field->values[i]; i++) {
        if (slice_is(text, field->values[i])) {
            out->word = i;
            return 0;
        }
        if (size < sizeof(expected))
            size += (size_t)snprintf(expected + size, sizeof(expected) - size, "%s%s",
                                     i > 0 ? ", " : "", field->values[i]);
    }
    return error_set(error, "expected one of %s", expected);
}

static int parse_string(struct slice text, struct arena *arena, union plain *out,
                        struct error *error)
{
    out->string = arena ? slice_copy(arena, text) : text;
    return out->string.data ? 0 : error_set(error, "out of memory");
}

static struct slice trim(struct slice text)
{
    while (text.size > 0 && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

// Takes the item before the next comma from `rest`, without its white space.
static struct slice take_item(struct slice *rest)
{
    const char *comma = rest->size > 0 ? memchr(rest->data, ',', rest->size) : NULL;
    struct slice item = {rest->data, comma ? (size_t)(comma - rest->data) : rest->size};

    rest->data = comma ? comma + 1 : NULL;
    rest->size -= item.size + (comma ? 1 : 0);
    return trim(item);
}

static int parse_strings(struct slice text, struct arena *arena, union plain *out,
                         struct error *error)
{
    struct slice rest = slice_copy(arena, trim(text));
    struct slice *items;
    uint32_t count = 0;

    if (!rest.data)
        return error_set(error, "out of memory");
    if (rest.size == 0) {
        out->strings = (struct slices){NULL, 0};
        return 0;
    }
    size_t commas = 0;

    for (size_t i = 0; i < rest.size; i++)
        commas += rest.data[i] == ',';
    items = commas < UINT32_MAX ? arena_alloc(arena, (commas + 1) * sizeof(*items)) : NULL;
    if (!items)
        return error_set(error, "out of memory");
    while (rest.data) {
        items[count] = take_item(&rest);
        if (items[count++].size == 0)
            return error_set(error, "expected a comma-separated list without empty items");
    }
    out->strings = (struct slices){items, count};
    return 0;
}

// Without an arena, values are borrowed from `text`.
static int parse_plain(const struct field *field, struct slice text, struct arena *arena,
                       union plain *out, struct error *error)
{
    switch (field->type) {
    case FIELD_BOOLEAN:
        return parse_boolean(text, out, error);
    case FIELD_INTEGER:
        return parse_integer(field, text, out, error);
    case FIELD_ENUM:
        return parse_word(field, text, out, error);
    case FIELD_STRING:
        return parse_string(text, arena, out, error);
    case FIELD_INT_OR_PERCENT:
        return parse_share(field, text, out, error);
    case FIELD_STRINGS:
        return parse_strings(text, arena, out, error);
    case FIELD_STRING_MAP:
    case FIELD_JSON:
        break;
    }
    return error_set(error, "expected an object, which a plain text cannot give");
}

void settings_defaults(const struct field *fields, struct settings *settings)
{
    for (const struct field *field = fields; field->key; field++) {
        union plain value = {0};

        if (!field->fallback || field->type == FIELD_STRINGS || field->type == FIELD_STRING_MAP)
            continue;
        if (field->type == FIELD_JSON)
            value.string = slice_of(field->fallback);
        else if (parse_plain(field, slice_of(field->fallback), NULL, &value, NULL) != 0)
            continue;
        memcpy(field_at(field, settings), &value, field_size(field->type));
    }
}

int settings_parse(const struct field *fields, uint32_t index, struct slice text,
                   struct settings *settings, struct arena *arena, struct error *error)
{
    const struct field *field = &fields[index];
    union plain value = {0};

    if (parse_plain(field, text, arena, &value, error) != 0)
        return -1;
    settings_mark(fields, index, settings, 0);
    memcpy(field_at(field, settings), &value, field_size(field->type));
    return 0;
}

static void unset(const struct field *fields, uint32_t index, struct settings *settings)
{
    settings->present &= ~(UINT32_C(1) << index);
    settings->overridden &= ~(UINT32_C(1) << index);
    settings->line[index] = 0;
    memset(field_at(&fields[index], settings), 0, field_size(fields[index].type));
}

void settings_mark(const struct field *fields, uint32_t index, struct settings *settings,
                   uint32_t line)
{
    settings->present |= UINT32_C(1) << index;
    settings->line[index] = line;
    for (uint32_t other = 0; fields[index].oneof && fields[other].key; other++) {
        if (other != index && fields[other].oneof == fields[index].oneof)
            unset(fields, other, settings);
    }
}

void settings_merge(const struct field *fields, struct settings *under, const struct settings *over)
{
    for (uint32_t i = 0; fields[i].key; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if (!(over->present & bit))
            continue;
        settings_mark(fields, i, under, over->line[i]);
        under->overridden = (under->overridden & ~bit) | (over->overridden & bit);
        memcpy(field_at(&fields[i], under), (const char *)over + fields[i].offset,
               field_size(fields[i].type));
    }
    if (over->entry_line != 0)
        under->entry_line = over->entry_line;
}
