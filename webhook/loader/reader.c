// Values of plain types from YAML nodes, and the messages about wrong ones.
#include "loader/reader.h"

#include <stdio.h>

#include "base/arena.h"
#include "loader/nearest.h"

const struct yaml_node *reader_node(const struct reader *reader, uint32_t node)
{
    return &reader->document.nodes[node];
}

__attribute__((format(printf, 4, 0))) static void
report(struct reader *reader, bool warning, uint32_t node, const char *format, va_list arguments)
{
    const struct yaml_node *at = reader_node(reader, node);

    problems_add(reader->problems, warning, at->line, at->column, format, arguments);
}

void reader_error(struct reader *reader, uint32_t node, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report(reader, false, node, format, arguments);
    va_end(arguments);
}

void reader_warning(struct reader *reader, uint32_t node, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report(reader, true, node, format, arguments);
    va_end(arguments);
}

const char *reader_show(struct slice text, char out[READER_SHOWN_MAX])
{
    size_t size = text.size < READER_SHOWN_MAX - 4 ? text.size : READER_SHOWN_MAX - 4;

    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        out[i] = byte < 0x20 || byte == 0x7f ? '?' : text.data[i];
    }
    memcpy(out + size, size < text.size ? "..." : "", size < text.size ? 4 : 1);
    return out;
}

// The value of a node, for a message.
static void describe(const struct yaml_node *node, char out[READER_SHOWN_MAX + 32])
{
    static const char *const forms[] = {
        [YAML_NULL] = "nothing",
        [YAML_BOOLEAN] = "the boolean %s",
        [YAML_INTEGER] = "the integer %s",
        [YAML_FLOAT] = "the number %s",
        [YAML_STRING] = "the string \"%s\"",
        [YAML_SEQUENCE] = "a list",
        [YAML_MAPPING] = "a mapping",
    };
    char shown[READER_SHOWN_MAX];
    const char *form = forms[node->type], *place = strstr(form, "%s");

    if (place)
        snprintf(out, READER_SHOWN_MAX + 32, "%.*s%s%s", (int)(place - form), form,
                 reader_show(node->text, shown), place + 2);
    else
        snprintf(out, READER_SHOWN_MAX + 32, "%s", form);
}

void reader_expected(struct reader *reader, uint32_t node, const char *key, const char *format, ...)
{
    char expected[320], found[READER_SHOWN_MAX + 32];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(expected, sizeof(expected), format, arguments);
    va_end(arguments);
    describe(reader_node(reader, node), found);
    reader_error(reader, node, "%s: expected %s, found %s", key, expected, found);
}

int reader_members(struct reader *reader, uint32_t node, const char *key,
                   struct yaml_members *members)
{
    if (reader_node(reader, node)->type != YAML_MAPPING) {
        reader_expected(reader, node, key, "a mapping");
        return -1;
    }
    if (yaml_members(&reader->document, node, reader->scratch, members) < 0) {
        reader->out_of_memory = true;
        return -1;
    }
    for (uint32_t i = 0; i < members->count; i++)
        members->items[i].value = yaml_resolve(&reader->document, members->items[i].value);
    return 0;
}

const char *reader_nearer(const struct reader *reader, uint32_t node, const char *best,
                          const char *name)
{
    struct slice key = reader_node(reader, node)->text;
    uint32_t distance;

    if (problems_full(reader->problems))
        return NULL;
    distance = nearest_distance(key, slice_of(name));
    if (!nearest_worth(key, distance))
        return best;
    return !best || distance < nearest_distance(key, slice_of(best)) ? name : best;
}

void reader_unknown(struct reader *reader, uint32_t node, const char *nearest)
{
    char shown[READER_SHOWN_MAX];

    reader_show(reader_node(reader, node)->text, shown);
    if (nearest)
        reader_error(reader, node, "unknown key \"%s\"; did you mean \"%s\"?", shown, nearest);
    else
        reader_error(reader, node, "unknown key \"%s\"", shown);
}

static void read_member(struct reader *reader, const struct yaml_member *member,
                        const struct known_key *keys, void *into)
{
    const char *nearest = NULL;

    for (const struct known_key *key = keys; key->name; key++) {
        if (slice_is(reader_node(reader, member->key)->text, key->name)) {
            key->read(reader, member->value, into);
            return;
        }
    }
    for (const struct known_key *key = keys; key->name; key++)
        nearest = reader_nearer(reader, member->key, nearest, key->name);
    reader_unknown(reader, member->key, nearest);
}

void reader_object(struct reader *reader, uint32_t node, const char *key,
                   const struct known_key *keys, void *into)
{
    struct yaml_members members;

    if (reader_members(reader, node, key, &members) < 0)
        return;
    for (uint32_t i = 0; i < members.count; i++)
        read_member(reader, &members.items[i], keys, into);
}

int reader_boolean(struct reader *reader, uint32_t node, const char *key, bool *out)
{
    const struct yaml_node *value = reader_node(reader, node);

    if (value->type != YAML_BOOLEAN) {
        reader_expected(reader, node, key, "true or false");
        return -1;
    }
    *out = value->truth;
    return 0;
}

// A word such as `off` is compared as it is written, whatever YAML makes of it.
int reader_word(struct reader *reader, uint32_t node, const char *key, const char *const *words,
                int *out)
{
    const struct yaml_node *value = reader_node(reader, node);
    char expected[256] = "";
    size_t size = 0;

    for (int i = 0; words[i]; i++) {
        if (value->type <= YAML_STRING && slice_is(value->text, words[i])) {
            *out = i;
            return 0;
        }
        if (size < sizeof(expected))
            size += (size_t)snprintf(expected + size, sizeof(expected) - size, "%s%s",
                                     i == 0         ? ""
                                     : words[i + 1] ? ", "
                                                    : " or ",
                                     words[i]);
    }
    reader_expected(reader, node, key, "%s", expected);
    return -1;
}

int reader_string(struct reader *reader, uint32_t node, const char *key, struct slice *out)
{
    const struct yaml_node *value = reader_node(reader, node);
    struct slice copy;

    if (value->type != YAML_STRING) {
        reader_expected(reader, node, key,
                        value->type < YAML_STRING && value->type != YAML_NULL
                            ? "a string (put it in quotes)"
                            : "a string");
        return -1;
    }
    copy = reader_copy(reader, value->text);
    if (!copy.data)
        return -1;
    *out = copy;
    return 0;
}

static bool is_digits(const struct yaml_node *node)
{
    char text[32];

    if (node->type != YAML_INTEGER)
        return false;
    snprintf(text, sizeof(text), "%lld", (long long)node->integer);
    return slice_is(node->text, text);
}

static int read_item(struct reader *reader, uint32_t node, const char *key, bool numbers,
                     struct slice *out)
{
    uint32_t item = yaml_resolve(&reader->document, node);

    if (!numbers || !is_digits(reader_node(reader, item)))
        return reader_string(reader, item, key, out);
    *out = reader_copy(reader, reader_node(reader, item)->text);
    return out->data ? 0 : -1;
}

int reader_strings(struct reader *reader, uint32_t node, const char *key, bool numbers,
                   struct slices *out)
{
    const struct yaml_node *list = reader_node(reader, node);
    uint32_t count = 0;
    struct slice *items;
    int status = 0;

    if (list->type != YAML_SEQUENCE) {
        reader_expected(reader, node, key, "a list of strings");
        return -1;
    }
    if (list->next == node + 1) {
        reader_error(reader, node, "%s: expected at least one item, found an empty list", key);
        return -1;
    }
    items = reader_alloc(reader, (list->next - node - 1) * sizeof(*items));
    for (uint32_t item = node + 1; items && item < list->next;
         item = reader_node(reader, item)->next)
        if (read_item(reader, item, key, numbers, &items[count++]) < 0)
            status = -1;
    if (!items || status < 0)
        return -1;
    *out = (struct slices){items, count};
    return 0;
}

void *reader_alloc(struct reader *reader, size_t size)
{
    void *memory = arena_alloc(reader->arena, size);

    if (!memory)
        reader->out_of_memory = true;
    return memory;
}

struct slice reader_copy(struct reader *reader, struct slice text)
{
    struct slice copy = slice_copy(reader->arena, text);

    if (!copy.data)
        reader->out_of_memory = true;
    return copy;
}
