// Kinds, globs and exclusions of a policy entry.
#include "loader/match.h"

#include <stdio.h>

#include "loader/selector.h"
#include "object/kinds.h"

enum { EXCLUSIONS_MAX = 64 };

// A match being read.
struct matching {
    struct match *match;
    bool services;
};

static const char *nearest_kind(const struct reader *reader, uint32_t node)
{
    const char *nearest = NULL;

    for (unsigned i = 0; i < kinds_count; i++)
        nearest = reader_nearer(reader, node, nearest, kinds_table[i].name);
    return nearest;
}

static void unknown_kind(struct reader *reader, uint32_t node)
{
    const char *nearest = nearest_kind(reader, node);
    char shown[READER_SHOWN_MAX], names[256] = "";
    size_t size = 0;

    for (unsigned i = 0; i < kinds_count && size < sizeof(names); i++)
        size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s", i > 0 ? ", " : "",
                                 kinds_table[i].name);
    reader_show(reader_node(reader, node)->text, shown);
    if (nearest)
        reader_error(reader, node, "kinds: unknown kind \"%s\"; did you mean \"%s\"?", shown,
                     nearest);
    else
        reader_error(reader, node, "kinds: unknown kind \"%s\"; known are %s", shown, names);
}

static void read_kind(struct reader *reader, uint32_t node, struct matching *matching)
{
    struct slice name = reader_node(reader, node)->text;
    uint32_t bits = 0;
    bool service = false;

    if (reader_node(reader, node)->type != YAML_STRING) {
        reader_expected(reader, node, "kinds", "the name of a kind");
        return;
    }
    for (unsigned i = 0; i < kinds_count; i++) {
        if (!slice_is(name, kinds_table[i].name))
            continue;
        bits |= UINT32_C(1) << i;
        service = kinds_table[i].flags & KIND_SERVICE;
    }
    if (bits == 0)
        unknown_kind(reader, node);
    else if (service && !matching->services)
        reader_error(reader, node, "kinds: Services have entries of their own, under services");
    else if (!service && matching->services)
        reader_error(reader, node, "kinds: an entry under services matches Services only");
    matching->match->kinds |= bits;
}

static void read_kinds(struct reader *reader, uint32_t node, void *into)
{
    const struct yaml_node *list = reader_node(reader, node);

    if (list->type != YAML_SEQUENCE) {
        reader_expected(reader, node, "kinds", "a list of kinds");
        return;
    }
    if (list->next == node + 1)
        reader_error(reader, node, "kinds: expected at least one item, found an empty list");
    for (uint32_t item = node + 1; item < list->next; item = reader_node(reader, item)->next)
        read_kind(reader, yaml_resolve(&reader->document, item), into);
}

// A glob that can match no name is a mistake in typing: names are DNS subdomains (RFC 1123),
// namespaces are DNS labels.
static void check_globs(struct reader *reader, uint32_t list, const char *key)
{
    for (uint32_t item = list + 1; item < reader_node(reader, list)->next;
         item = reader_node(reader, item)->next) {
        uint32_t value = yaml_resolve(&reader->document, item);
        struct slice text = reader_node(reader, value)->text;
        size_t good = strspn(text.data, "abcdefghijklmnopqrstuvwxyz0123456789-.*?");

        if (text.size == 0)
            reader_error(reader, value, "%s: expected a name or a pattern, found an empty string",
                         key);
        else if (good < text.size)
            reader_error(reader, value,
                         "%s: no name matches \"%s\"; a pattern has lower-case letters, digits, -, "
                         ". and the signs * and ?",
                         key, reader_show(text, (char[READER_SHOWN_MAX]){0}));
    }
}

static void read_globs(struct reader *reader, uint32_t node, const char *key, struct slices *out)
{
    if (reader_strings(reader, node, key, true, out) == 0)
        check_globs(reader, node, key);
}

static void read_namespaces(struct reader *reader, uint32_t node, void *into)
{
    read_globs(reader, node, "namespaces", &((struct matching *)into)->match->namespaces);
}

static void read_names(struct reader *reader, uint32_t node, void *into)
{
    read_globs(reader, node, "names", &((struct matching *)into)->match->names);
}

static void read_selector(struct reader *reader, uint32_t node, void *into)
{
    selector_read(reader, node, ((struct matching *)into)->match);
}

static void read_include_owned(struct reader *reader, uint32_t node, void *into)
{
    reader_boolean(reader, node, "includeOwned", &((struct matching *)into)->match->include_owned);
}

static const struct known_key exclusion_keys[] = {
    {"kinds", read_kinds}, {"namespaces", read_namespaces},
    {"names", read_names}, {"labelSelector", read_selector},
    {NULL, NULL},
};

static void read_exclusions(struct reader *reader, uint32_t node, void *into)
{
    struct matching *matching = into;
    const struct yaml_node *list = reader_node(reader, node);
    struct match *exclusions;

    if (list->type != YAML_SEQUENCE) {
        reader_expected(reader, node, "exclude", "a list of mappings");
        return;
    }
    exclusions = reader_alloc(reader, EXCLUSIONS_MAX * sizeof(*exclusions));
    matching->match->exclude = exclusions;
    for (uint32_t item = node + 1; exclusions && item < list->next;
         item = reader_node(reader, item)->next) {
        struct matching inner = {&exclusions[matching->match->exclude_count], matching->services};

        if (matching->match->exclude_count == EXCLUSIONS_MAX) {
            reader_error(reader, item, "exclude: more than %d items", EXCLUSIONS_MAX);
            return;
        }
        matching->match->exclude_count++;
        reader_object(reader, yaml_resolve(&reader->document, item), "exclude", exclusion_keys,
                      &inner);
    }
}

static const struct known_key match_keys[] = {
    {"kinds", read_kinds},
    {"namespaces", read_namespaces},
    {"names", read_names},
    {"labelSelector", read_selector},
    {"exclude", read_exclusions},
    {"includeOwned", read_include_owned},
    {NULL, NULL},
};

void match_read(struct reader *reader, uint32_t node, bool services, struct match *match)
{
    struct matching matching = {match, services};

    reader_object(reader, node, "match", match_keys, &matching);
}
