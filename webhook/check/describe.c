// Prints a loaded policy as sentences: what each entry applies to, and the numbers that apply
// there.
#include "check/describe.h"

#include <stddef.h>

#include "loader/force.h"
#include "object/kinds.h"

static void print_slice(FILE *stream, struct slice text)
{
    fprintf(stream, "%.*s", (int)text.size, text.data ? text.data : "");
}

static void print_list(FILE *stream, const char *before, struct slices items)
{
    for (uint32_t i = 0; i < items.count; i++) {
        fputs(i == 0 ? before : i + 1 == items.count ? " or " : ", ", stream);
        print_slice(stream, items.items[i]);
    }
}

static void print_requirement(FILE *stream, const struct requirement *requirement)
{
    static const char *const words[] = {" in (", " not in (", " present", " absent"};

    fputs(" with label ", stream);
    print_slice(stream, requirement->key);
    fputs(words[requirement->operator], stream);
    if (requirement->values.count == 0)
        return;
    for (uint32_t i = 0; i < requirement->values.count; i++) {
        fputs(i > 0 ? ", " : "", stream);
        print_slice(stream, requirement->values.items[i]);
    }
    fputc(')', stream);
}

// "every workload", "every Deployment or StatefulSet named web-* in prod-* with label tier in
// (web)".
static void print_parts(FILE *stream, const struct match *match, const char *every)
{
    const char *word = "every ";

    for (unsigned i = 0; i < kinds_count; i++) {
        if (!(match->kinds >> i & 1))
            continue;
        fprintf(stream, "%s%s", word, kinds_table[i].name);
        word = " or ";
    }
    if (match->kinds == 0)
        fprintf(stream, "every %s", every);
    print_list(stream, " named ", match->names);
    print_list(stream, " in ", match->namespaces);
    for (uint32_t i = 0; i < match->label_count; i++)
        print_requirement(stream, &match->labels[i]);
}

enum { SETTINGS_ROOM = 1024 }; // bytes, for any rule's settings

// Whether a number that nobody gave has no meaning: it is 0, which means none, or it belongs to a
// field that is not given, as execSeconds belongs to exec.
static bool says_nothing(const struct field *fields, uint32_t bit, const struct settings *settings)
{
    const void *at = (const char *)settings + fields[bit].offset;

    if (settings->present >> bit & 1)
        return false;
    for (uint32_t i = 0; fields[i].key; i++)
        if (i != bit && slice_starts_with(slice_of(fields[bit].key), fields[i].key) &&
            !(settings->present >> i & 1))
            return true;
    return !fields[bit].fallback ||
           (fields[bit].type == FIELD_INTEGER && *(const int32_t *)at == 0);
}

// A number, or a word that was given. Says whether it is one.
static bool print_value(FILE *stream, const char *before, const struct field *field,
                        const struct settings *settings, bool given)
{
    const void *at = (const char *)settings + field->offset;
    const struct int_or_percent *share = at;

    if (field->type == FIELD_INTEGER)
        fprintf(stream, "%s%s %d", before, field->key, (int)*(const int32_t *)at);
    else if (field->type == FIELD_INT_OR_PERCENT)
        fprintf(stream, "%s%s %d%s", before, field->key, (int)share->value,
                share->percent ? "%" : "");
    else if (field->type == FIELD_ENUM && given)
        fprintf(stream, "%s%s %s", before, field->key, field->values[*(const int *)at]);
    else
        return false;
    return true;
}

// Prints the numbers that apply to the entry's objects, including those from other entries and the
// rule's defaults. Prints its mode and other words too, if they were given.
static void print_settings(FILE *stream, const struct rule *rule, const struct settings *settings)
{
    const struct field *fields = rule->settings;
    const char *before = " (";

    for (uint32_t bit = 0; fields[bit].key; bit++) {
        bool given = settings->present >> bit & 1;
        bool mode = given && fields[bit].offset == offsetof(struct settings, mode);
        if (mode)
            fprintf(stream, "%s%s", before, mode_names[settings->mode]);
        if (mode || (!says_nothing(fields, bit, settings) &&
                     print_value(stream, before, &fields[bit], settings, given)))
            before = ", ";
    }
    fputs(*before == ',' ? ")" : "", stream);
}

static void print_rules(FILE *stream, const struct force *force, const struct entry *entry)
{
    _Alignas(max_align_t) char room[SETTINGS_ROOM];
    struct settings *merged = (struct settings *)room;
    const char *before = ": ";

    for (uint32_t i = 0; i < force->rules->count; i++) {
        const struct rule *rule = force->rules->items[i];

        if (!entry->settings[i] || rule->settings_size > sizeof(room))
            continue;
        fprintf(stream, "%s%s", before, rule->name);
        before = ", ";
        if (force_settings(force, entry, i, merged))
            print_settings(stream, rule, merged);
        else
            fputs(" off", stream);
    }
    fputc('\n', stream);
}

static void print_entries(FILE *stream, const struct force *force, const char *every)
{
    for (uint32_t i = 0; i < force->count; i++) {
        const struct match *match = &force->entries[i].match;

        print_slice(stream, force->policy->file);
        fprintf(stream, ":%u: ", force->entries[i].line);
        print_parts(stream, match, every);
        if (match->include_owned)
            fputs(", also owned ones", stream);
        for (uint32_t j = 0; j < match->exclude_count; j++) {
            fputs(", except ", stream);
            print_parts(stream, &match->exclude[j], every);
        }
        print_rules(stream, force, &force->entries[i]);
    }
}

void describe_policy(FILE *stream, const struct policy *policy, const struct rules *rules)
{
    struct cover cover = {0};
    const struct force workloads = {policy, rules, &cover, policy->workloads,
                                    policy->workload_count};
    const struct force services = {policy, rules, &cover, policy->services, policy->service_count};

    print_slice(stream, policy->file);
    fprintf(stream,
            ": Kubernetes 1.%u, network %s, mesh %s, mode %s, onUpdate %s, whenAmbiguous %s, "
            "onError %s\n",
            policy->kubernetes_minor, network_names[policy->network], mesh_names[policy->mesh],
            mode_names[policy->mode], on_update_names[policy->on_update],
            when_ambiguous_names[policy->when_ambiguous], on_error_names[policy->on_error]);
    print_entries(stream, &workloads, "workload");
    print_entries(stream, &services, "Service");
}
