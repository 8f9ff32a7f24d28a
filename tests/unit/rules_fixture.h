// What the tests of the rules share: a policy from one line of text, one admit(), and what it
// planned as text. Header-only, as each test program is one source.
#ifndef EVENKEEL_TESTS_RULES_FIXTURE_H
#define EVENKEEL_TESTS_RULES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "admit/admit.h"
#include "base/arena.h"
#include "manifest/apply.h"
#include "object/annotations.h"
#include "rules/rules.h"
#include "run/run.h"

enum { FIXTURE_TEXT_MAX = 16 * 1024 };

struct rules_case {
    const char *name;
    const char *rules;  // "readinessProbe port=80 path=/x | preStop": rules and their settings
    const char *object; // JSON with ' for "
    // "rule: verdict reason" lines, one for each target, then "path = json" or "path removed"
    // lines, as many as there are; JSON with ' for ".
    const char *expected;
    unsigned minor;         // 0: 30
    enum network network;   // NETWORK_OTHER unless said
    const char *old_object; // not NULL: an UPDATE of it
    enum when_ambiguous ambiguous;
};

static inline char *fixture_json(const char *text)
{
    char *json = strdup(text);
    for (char *at = json; *at; at++)
        if (*at == '\'')
            *at = '"';
    return json;
}

static inline void fixture_set(struct arena *arena, const struct rule *rule,
                               struct settings *settings, char *setting)
{
    const struct field *fields = rule->settings;
    struct error error = {0};
    char *value = strchr(setting, '=');
    uint32_t index = 0;

    assert_non_null(value);
    *value++ = '\0';
    while (fields[index].key && strcmp(fields[index].key, setting) != 0)
        index++;
    if (!fields[index].key)
        fail_msg("%s has no setting %s", rule->name, setting);
    if (fields[index].type == FIELD_JSON) {
        settings_mark(fields, index, settings, 1);
        char *json = fixture_json(value);
        *(struct slice *)((char *)settings + fields[index].offset) =
            slice_copy(arena, slice_of(json));
        free(json);
    } else if (fields[index].type == FIELD_STRING_MAP) {
        struct pair *pair = arena_alloc(arena, sizeof(*pair));
        char *text = strchr(value, ':');
        settings_mark(fields, index, settings, 1);
        pair->key = slice_copy(arena, (struct slice){value, (size_t)(text - value)});
        pair->value = slice_copy(arena, slice_of(text + 1));
        *(struct pairs *)((char *)settings + fields[index].offset) = (struct pairs){pair, 1};
    } else if (settings_parse(fields, index, slice_of(value), settings, arena, &error) != 0) {
        fail_msg("%s %s: %s", rule->name, setting, error.text);
    }
}

static inline uint32_t fixture_rule(const char *name)
{
    for (uint32_t i = 0; i < rules_table.count; i++)
        if (strcmp(rules_table.items[i]->name, name) == 0)
            return i;
    fail_msg("no rule %s", name);
    return 0;
}

// An entry's settings for each rule that `text` names; NULL for the others.
static inline const struct settings **fixture_entry(struct arena *arena, const char *text)
{
    const struct settings **entry = arena_alloc(arena, RULES_MAX * sizeof(*entry));
    char *copy = strdup(text), *rest = NULL;

    for (char *part = strtok_r(copy, "|", &rest); part; part = strtok_r(NULL, "|", &rest)) {
        char *words = NULL, *word = strtok_r(part, " ", &words);
        uint32_t index = fixture_rule(word);
        const struct rule *rule = rules_table.items[index];
        struct settings *settings = arena_alloc(arena, rule->settings_size);

        settings->entry_line = 1;
        while ((word = strtok_r(NULL, " ", &words)))
            fixture_set(arena, rule, settings, word);
        entry[index] = settings;
    }
    free(copy);
    return entry;
}

static inline const struct settings **fixture_defaults(struct arena *arena)
{
    const struct settings **defaults = arena_alloc(arena, RULES_MAX * sizeof(*defaults));

    for (uint32_t i = 0; i < rules_table.count; i++) {
        struct settings *settings = arena_alloc(arena, rules_table.items[i]->settings_size);
        settings_defaults(rules_table.items[i]->settings, settings);
        defaults[i] = settings;
    }
    return defaults;
}

static inline void fixture_say_plan(struct text *said, struct plan *plan, struct place *place)
{
    struct slice path = plan_path_text(plan, place);

    if (place->action != ACTION_NONE && !slice_is(place->key, ANNOTATION_INJECTED)) {
        text_add(said, path);
        text_puts(said, place->action == ACTION_REMOVE ? " removed" : " = ");
        text_add(said, place->json);
        text_putc(said, '\n');
    }
    for (struct place *child = place->first_child; child; child = child->next_sibling)
        fixture_say_plan(said, plan, child);
}

// What one admission did, in the form of struct rules_case's `expected`.
static inline void fixture_say(struct text *said, const struct admission *admission)
{
    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        text_printf(said, "%s: %s %s\n", outcome->rule ? outcome->rule->name : "-",
                    verdict_name(outcome->finding.verdict), reason_name(outcome->finding.reason));
    }
    for (uint32_t i = 0; i < admission->warning_count; i++) {
        text_puts(said, "! ");
        text_add(said, admission->warnings[i]);
        text_putc(said, '\n');
    }
    if (admission->run) {
        struct run *run = (struct run *)admission->run;
        fixture_say_plan(said, &run->plan, run->plan.root);
    }
}

static inline char *fixture_review(const json_t *object, const json_t *old_object)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *api = json_string_value(json_object_get(object, "apiVersion"));
    const char *slash = strchr(api, '/');
    json_t *review =
        json_pack("{s:s,s:s,s:{s:s,s:{s:s%,s:s,s:s},s:s,s:s,s:O,s:O?}}", "kind", "AdmissionReview",
                  "apiVersion", "admission.k8s.io/v1", "request", "uid", "1", "kind", "group", api,
                  slash ? (size_t)(slash - api) : (size_t)0, "version", slash ? slash + 1 : api,
                  "kind", kind, "namespace", "shop", "operation", old_object ? "UPDATE" : "CREATE",
                  "object", object, "oldObject", old_object);
    assert_non_null(review);
    char *text = json_dumps(review, JSON_COMPACT);
    json_decref(review);
    return text;
}

// Our own output, sent again, must give no patch.
static inline void fixture_again(struct scratch *scratch, const struct policy *policy,
                                 const json_t *object, const json_t *old_object, struct slice patch)
{
    struct error error = {0};
    struct admission admission;
    json_t *operations = json_loadb(patch.data, patch.size, 0, NULL);
    json_t *result = apply_patch((json_t *)object, operations, &error);

    if (!result)
        fail_msg("the patch does not apply: %s", error.text);
    char *body = fixture_review(result, old_object);
    admit(scratch, &rules_table, policy, slice_of(body), &admission);
    if (admission.patch.size > 0)
        fail_msg("our own output was patched again: %.*s", (int)admission.patch.size,
                 admission.patch.data);
    free(body);
    json_decref(result);
    json_decref(operations);
}

static inline json_t *fixture_load(const char *text)
{
    json_error_t error;
    char *json = text ? fixture_json(text) : NULL;
    json_t *object = json ? json_loads(json, 0, &error) : NULL;

    if (json && !object)
        fail_msg("%s: %s", error.text, json);
    free(json);
    return object;
}

static inline void fixture_run(void **state)
{
    const struct rules_case *test = *state;
    struct arena *arena = arena_new(1024 * 1024);
    struct scratch *scratch = scratch_new();
    json_t *object = fixture_load(test->object), *old_object = fixture_load(test->old_object);
    char *body = fixture_review(object, old_object), *expected = fixture_json(test->expected);
    struct entry entry = {.line = 1, .settings = fixture_entry(arena, test->rules)};
    struct policy policy = {.arena = arena,
                            .kubernetes_minor = test->minor ? test->minor : 30,
                            .network = test->network,
                            .when_ambiguous = test->ambiguous,
                            .defaults = fixture_defaults(arena),
                            .workloads = &entry,
                            .workload_count = 1,
                            .services = &entry,
                            .service_count = 1};
    struct admission admission;
    struct text said;

    text_init(&said, arena, FIXTURE_TEXT_MAX);
    admit(scratch, &rules_table, &policy, slice_of(body), &admission);
    assert_string_equal(reason_name(admission.reason), "none");
    fixture_say(&said, &admission);
    assert_string_equal(text_slice(&said).data, expected);
    if (admission.patch.size > 0) {
        struct slice patch = slice_copy(arena, admission.patch);
        fixture_again(scratch, &policy, object, old_object, patch);
    }
    json_decref(object);
    json_decref(old_object);
    free(body);
    free(expected);
    scratch_free(scratch);
    arena_free(arena);
}

#endif
