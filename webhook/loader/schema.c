// The schema's frame is written here. Everything about rules comes from their tables.
#include "loader/schema.h"

#include "loader/schema_field.h"
#include "object/kinds.h"
#include "policy/policy.h"

static const char closed[] = "\"type\":\"object\",\"additionalProperties\":false,";

// A property whose value is one of `words`.
static void add_word(struct text *json, const char *key, const char *doc, const char *const *words)
{
    text_printf(json, ",\"%s\":{\"description\":\"%s\",\"default\":\"%s\",\"enum\":", key, doc,
                words[0]);
    schema_add_words(json, words);
    text_putc(json, '}');
}

// Of each two fields that exclude each other, not both.
static void add_exclusions(struct text *json, const struct field *fields)
{
    const char *start = ",\"allOf\":[";

    for (uint32_t i = 0; fields[i].key; i++) {
        for (uint32_t j = i + 1; fields[i].oneof && fields[j].key; j++) {
            if (fields[j].oneof != fields[i].oneof)
                continue;
            text_printf(json, "%s{\"not\":{\"required\":[\"%s\",\"%s\"]}}", start, fields[i].key,
                        fields[j].key);
            start = ",";
        }
    }
    text_puts(json, *start == ',' && start[1] == '\0' ? "]" : "");
}

static void add_rule(struct text *json, const struct rule *rule)
{
    text_puts(json, ",");
    text_json_string(json, slice_of(rule->name));
    text_puts(json, ":{\"description\":");
    text_json_string(json, slice_of(rule->summary));
    text_puts(json, ",\"anyOf\":[");
    for (const struct field *field = rule->settings; rule->scalar && field->key; field++) {
        if (!slice_is(slice_of(field->key), rule->scalar))
            continue;
        schema_add_field(json, field);
        text_putc(json, ',');
    }
    text_printf(json, "{%s\"properties\":{", closed);
    for (const struct field *field = rule->settings; field->key; field++) {
        text_printf(json, "%s\"%s\":", field == rule->settings ? "" : ",", field->key);
        schema_add_field(json, field);
    }
    text_putc(json, '}');
    add_exclusions(json, rule->settings);
    text_puts(json, "}]}");
}

static void add_entries(struct text *json, const struct rules *rules, bool services)
{
    text_printf(json,
                ",\"%s\":{\"description\":\"Every entry that matches applies, in order; a later "
                "one overrides single settings of an earlier one.\",\"type\":\"array\","
                "\"items\":{%s\"properties\":{\"match\":{\"$ref\":\"#/definitions/%s\"}",
                services ? "services" : "workloads", closed,
                services ? "serviceMatch" : "workloadMatch");
    add_word(json, "mode", "observe: the rules of this entry report and send no patch.",
             mode_names);
    for (uint32_t i = 0; i < rules->count; i++)
        if ((rules->items[i]->scope == RULE_SERVICE) == services)
            add_rule(json, rules->items[i]);
    text_puts(json, "}}}");
}

static void add_kinds(struct text *json, bool services)
{
    const char *comma = "";

    text_puts(json, "\"kinds\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"enum\":[");
    for (unsigned i = 0; i < kinds_count; i++) {
        if (!(kinds_table[i].flags & KIND_SERVICE) == services)
            continue;
        text_printf(json, "%s\"%s\"", comma, kinds_table[i].name);
        comma = ",";
    }
    text_puts(json, "]}}");
}

// The parts that a match and an exclusion share.
static void add_parts(struct text *json, bool services)
{
    add_kinds(json, services);
    text_puts(json, ",\"namespaces\":{\"$ref\":\"#/definitions/patterns\"},"
                    "\"names\":{\"$ref\":\"#/definitions/patterns\"},"
                    "\"labelSelector\":{\"$ref\":\"#/definitions/labelSelector\"}");
}

static void add_match(struct text *json, bool services)
{
    text_printf(json, ",\"%s\":{%s\"properties\":{", services ? "serviceMatch" : "workloadMatch",
                closed);
    add_parts(json, services);
    text_printf(json, ",\"exclude\":{\"type\":\"array\",\"items\":{%s\"properties\":{", closed);
    add_parts(json, services);
    text_puts(json, "}}},\"includeOwned\":{\"description\":\"Also objects that another controller "
                    "owns.\",\"type\":\"boolean\",\"default\":false}}}");
}

static void add_definitions(struct text *json)
{
    text_puts(json,
              "\"definitions\":{\"patterns\":{\"description\":\"Names, in which * stands for any "
              "characters and ? for one.\",\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":"
              "\"string\",\"pattern\":\"^[-a-z0-9.*?]+$\"}},\"labelSelector\":{");
    text_printf(json,
                "%s\"properties\":{\"matchLabels\":{\"type\":\"object\",\"additionalProperties\":"
                "{\"type\":\"string\"}},\"matchExpressions\":{\"type\":\"array\",\"items\":{%s"
                "\"required\":[\"key\",\"operator\"],\"properties\":{\"key\":{\"type\":\"string\"},"
                "\"operator\":{\"enum\":",
                closed, closed);
    schema_add_words(json, selector_operator_names);
    text_puts(json, "},\"values\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}}}");
    add_match(json, false);
    add_match(json, true);
    text_putc(json, '}');
}

static void add_top(struct text *json)
{
    text_printf(
        json,
        "\"apiVersion\":{\"const\":\"evenkeel.dev/v1alpha1\"},"
        "\"kind\":{\"const\":\"RolloutPolicy\"},"
        "\"metadata\":{%s\"properties\":{\"name\":{\"type\":\"string\"}}},"
        "\"cluster\":{%s\"properties\":{\"kubernetesVersion\":{\"description\":\"Of the oldest "
        "kubelet, virtual nodes included.\",\"type\":\"string\",\"default\":\"1.30\","
        "\"pattern\":\"^v?1\\\\.[0-9]{1,3}([-.+].*)?$\"}",
        closed, closed);
    add_word(json, "network", "The CNI plugin, which decides what Services may do.", network_names);
    add_word(json, "mesh", "Whose sidecars pods carry that say nothing of it themselves.",
             mesh_names);
    text_puts(json, ",\"sharedClaims\":{\"description\":\"PersistentVolumeClaims that several pods "
                    "may write to at once, as CLAIM or NAMESPACE/CLAIM, with * and ?.\","
                    "\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}}}}");
    add_word(json, "mode", "observe reports what would be injected and sends no patch.",
             mode_names);
    add_word(json, "onUpdate", "When an update may change the pod template.", on_update_names);
    add_word(json, "whenAmbiguous", "What to do where nobody knows who chose a default.",
             when_ambiguous_names);
    add_word(json, "onError", "What to answer where a review cannot be read or decided.",
             on_error_names);
    add_word(json, "notes", "When a warning tells what was injected and how to leave it out.",
             notes_names);
}

struct slice schema_json(const struct rules *rules, struct arena *arena)
{
    struct text json;

    text_init(&json, arena, SCHEMA_SIZE_MAX);
    text_printf(&json,
                "{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
                "\"title\":\"evenkeel RolloutPolicy\",%s"
                "\"required\":[\"apiVersion\",\"kind\"],\"properties\":{",
                closed);
    add_top(&json);
    add_entries(&json, rules, false);
    add_entries(&json, rules, true);
    text_puts(&json, "},");
    add_definitions(&json);
    text_puts(&json, "}\n");
    return text_slice(&json);
}
