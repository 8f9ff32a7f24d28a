// Prints a loaded policy back as sentences. It shows what is in force by what was written, not the
// defaults behind it.
#include "check/describe.h"

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

static void print_rules(FILE *stream, const struct entry *entry, const struct rules *rules)
{
    const char *before = ": ";

    for (uint32_t i = 0; i < rules->count; i++) {
        const struct settings *settings = entry->settings[i];
        const struct field *fields = rules->items[i]->settings;

        if (!settings)
            continue;
        fprintf(stream, "%s%s", before, rules->items[i]->name);
        before = ", ";
        for (uint32_t bit = 0; fields[bit].key; bit++) {
            if (!(settings->present >> bit & 1))
                continue;
            if (fields[bit].offset == offsetof(struct settings, enabled))
                fputs(settings->enabled ? " on" : " off", stream);
            if (fields[bit].offset == offsetof(struct settings, mode))
                fprintf(stream, " (%s)", mode_names[settings->mode]);
        }
    }
    fputc('\n', stream);
}

static void print_entries(FILE *stream, const struct policy *policy, const struct entry *entries,
                          uint32_t count, const struct rules *rules, const char *every)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct match *match = &entries[i].match;

        print_slice(stream, policy->file);
        fprintf(stream, ":%u: ", entries[i].line);
        print_parts(stream, match, every);
        if (match->include_owned)
            fputs(", also owned ones", stream);
        for (uint32_t j = 0; j < match->exclude_count; j++) {
            fputs(", except ", stream);
            print_parts(stream, &match->exclude[j], every);
        }
        print_rules(stream, &entries[i], rules);
    }
}

void describe_policy(FILE *stream, const struct policy *policy, const struct rules *rules)
{
    print_slice(stream, policy->file);
    fprintf(stream,
            ": Kubernetes 1.%u, network %s, mode %s, onUpdate %s, whenAmbiguous %s, onError %s\n",
            policy->kubernetes_minor, network_names[policy->network], mode_names[policy->mode],
            on_update_names[policy->on_update], when_ambiguous_names[policy->when_ambiguous],
            on_error_names[policy->on_error]);
    print_entries(stream, policy, policy->workloads, policy->workload_count, rules, "workload");
    print_entries(stream, policy, policy->services, policy->service_count, rules, "Service");
}
