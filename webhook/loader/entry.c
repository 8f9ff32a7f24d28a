// An entry is its match and the rules that it names. Which rules may stand in which list is their
// scope.
#include "loader/entry.h"

#include "loader/fields.h"
#include "loader/match.h"

// An entry being read.
struct entering {
    struct reader *reader;
    const struct settings *const *defaults;
    struct entry *entry;
    bool services;
};

static bool belongs(const struct rule *rule, bool services)
{
    return (rule->scope == RULE_SERVICE) == services;
}

static const char *list_name(bool services)
{
    return services ? "services" : "workloads";
}

static void unknown_key(const struct entering *entering, uint32_t key)
{
    const struct rules *rules = entering->reader->rules;
    const char *nearest = reader_nearer(entering->reader, key, NULL, "match");

    nearest = reader_nearer(entering->reader, key, nearest, "mode");
    for (uint32_t i = 0; i < rules->count; i++)
        if (belongs(rules->items[i], entering->services))
            nearest = reader_nearer(entering->reader, key, nearest, rules->items[i]->name);
    reader_unknown(entering->reader, key, nearest);
}

static void read_rule(struct entering *entering, const struct yaml_member *member)
{
    struct reader *reader = entering->reader;
    const struct rules *rules = reader->rules;
    uint32_t i = 0;

    while (i < rules->count &&
           !slice_is(reader_node(reader, member->key)->text, rules->items[i]->name))
        i++;
    if (i == rules->count)
        unknown_key(entering, member->key);
    else if (!belongs(rules->items[i], entering->services))
        reader_error(reader, member->key, "%s belongs under %s", rules->items[i]->name,
                     list_name(!entering->services));
    else
        entering->entry->settings[i] =
            fields_read(reader, rules->items[i], member->key, member->value, entering->entry->line,
                        entering->defaults[i]);
}

// An entry's mode applies to each rule that it names, unless the rule has its own.
static void spread_mode(const struct entering *entering, int mode, uint32_t line)
{
    const struct rules *rules = entering->reader->rules;

    for (uint32_t i = 0; i < rules->count; i++) {
        const struct field *fields = rules->items[i]->settings;
        struct settings *settings = (struct settings *)entering->entry->settings[i];
        uint32_t field = 0;

        while (fields[field].key && fields[field].offset != offsetof(struct settings, mode))
            field++;
        if (!settings || !fields[field].key || (settings->present >> field & 1))
            continue;
        settings->mode = mode;
        settings_mark(fields, field, settings, line);
    }
}

static void read_mode(struct entering *entering, uint32_t node)
{
    int mode;

    if (reader_word(entering->reader, node, "mode", mode_names, &mode) == 0)
        spread_mode(entering, mode, reader_node(entering->reader, node)->line);
}

static void read_entry(struct entering *entering, uint32_t node)
{
    struct reader *reader = entering->reader;
    struct entry *entry = entering->entry;
    struct yaml_members members;
    uint32_t rules = 0, mode = 0;

    entry->line = reader_node(reader, node)->line;
    entry->settings = reader_alloc(reader, reader->rules->count * sizeof(struct settings *));
    if (!entry->settings ||
        reader_members(reader, node, list_name(entering->services), &members) < 0)
        return;
    for (uint32_t i = 0; i < members.count; i++) {
        if (slice_is(reader_node(reader, members.items[i].key)->text, "match")) {
            match_read(reader, members.items[i].value, entering->services, &entry->match);
            continue;
        }
        if (slice_is(reader_node(reader, members.items[i].key)->text, "mode")) {
            mode = members.items[i].value;
            continue;
        }
        read_rule(entering, &members.items[i]);
        rules++;
    }
    if (mode != 0)
        read_mode(entering, mode);
    if (rules == 0)
        reader_warning(reader, node, "the entry names no rule, so it does nothing");
}

static uint32_t count_items(const struct reader *reader, uint32_t list)
{
    uint32_t count = 0;

    for (uint32_t item = list + 1; item < reader_node(reader, list)->next;
         item = reader_node(reader, item)->next)
        count++;
    return count;
}

void entries_read(struct reader *reader, uint32_t node, bool services,
                  const struct settings *const *defaults, struct entries *entries)
{
    const struct yaml_node *list = reader_node(reader, node);
    struct entering entering = {reader, defaults, NULL, services};
    uint32_t count = count_items(reader, node);

    if (list->type != YAML_SEQUENCE) {
        reader_expected(reader, node, list_name(services), "a list of entries");
        return;
    }
    if (count > POLICY_ENTRIES_MAX) {
        reader_error(reader, node, "%s: more than %d entries", list_name(services),
                     POLICY_ENTRIES_MAX);
        return;
    }
    entering.entry = reader_alloc(reader, count * sizeof(*entering.entry));
    *entries = (struct entries){entering.entry, entering.entry ? count : 0};
    for (uint32_t item = node + 1; entering.entry && item < list->next;
         item = reader_node(reader, item)->next) {
        read_entry(&entering, yaml_resolve(&reader->document, item));
        entering.entry++;
    }
}
