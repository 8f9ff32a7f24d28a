// A rule table with every type of field, and a policy in an allocation of exactly its size.
#ifndef EVENKEEL_TESTS_POLICY_FIXTURE_H
#define EVENKEEL_TESTS_POLICY_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "loader/load.h"

struct fake_settings {
    struct settings common;
    int handler;
    struct slice object, list, text;
    int32_t seconds;
    struct int_or_percent share;
    struct slices strings;
    struct pairs map;
    bool flag;
};

static const char *const fake_handlers[] = {"auto", "off", NULL};
static const char *const fake_schemes[] = {"HTTP", "HTTPS", NULL};

static const struct shape fake_header_shape[] = {
    {.key = "name", .type = SHAPE_STRING, .required = true, .minimum = 1},
    {.key = "value", .type = SHAPE_STRING, .maximum = 8},
    {.key = NULL},
};

static const struct shape fake_nested_shape[] = {
    {.key = "weight", .type = SHAPE_INTEGER, .minimum = 1, .maximum = 100},
    {.key = NULL},
};

static const struct shape fake_object_shape[] = {
    {.key = "path", .type = SHAPE_STRING, .minimum = 1, .fallback = "\"/\""},
    {.key = "port", .type = SHAPE_INT_OR_STRING, .required = true, .minimum = 1, .maximum = 65535},
    {.key = "scheme", .type = SHAPE_STRING, .values = fake_schemes, .fallback = "\"HTTP\""},
    {.key = "headers", .type = SHAPE_LIST, .minimum = 1, .members = fake_header_shape},
    {.key = "command", .type = SHAPE_STRINGS, .minimum = 1, .maximum = 3},
    {.key = "strict", .type = SHAPE_BOOLEAN},
    {.key = "nested", .type = SHAPE_OBJECT, .members = fake_nested_shape},
    {.key = NULL},
};

static const struct shape fake_list_shape[] = {
    {.key = "list", .type = SHAPE_LIST, .minimum = 1, .members = fake_header_shape},
    {.key = NULL},
};

#define FAKE_OFFSET(member) offsetof(struct fake_settings, member)
static const struct field fake_fields[] = {
    {.key = "handler",
     .doc = "Which one.",
     .type = FIELD_ENUM,
     .offset = FAKE_OFFSET(handler),
     .fallback = "auto",
     .values = fake_handlers,
     .oneof = 1},
    {.key = "object",
     .doc = "An object.",
     .type = FIELD_JSON,
     .offset = FAKE_OFFSET(object),
     .shape = fake_object_shape,
     .oneof = 1},
    {.key = "list",
     .doc = "A list.",
     .type = FIELD_JSON,
     .offset = FAKE_OFFSET(list),
     .shape = fake_list_shape},
    {.key = "text", .doc = "A text.", .type = FIELD_STRING, .offset = FAKE_OFFSET(text)},
    {.key = "seconds",
     .doc = "A time.",
     .type = FIELD_INTEGER,
     .offset = FAKE_OFFSET(seconds),
     .minimum = 1,
     .maximum = 3600,
     .fallback = "15"},
    {.key = "share",
     .doc = "A share.",
     .type = FIELD_INT_OR_PERCENT,
     .offset = FAKE_OFFSET(share),
     .maximum = 1000,
     .fallback = "25%"},
    {.key = "strings", .doc = "Texts.", .type = FIELD_STRINGS, .offset = FAKE_OFFSET(strings)},
    {.key = "map", .doc = "Pairs.", .type = FIELD_STRING_MAP, .offset = FAKE_OFFSET(map)},
    {.key = "flag",
     .doc = "A switch.",
     .type = FIELD_BOOLEAN,
     .offset = FAKE_OFFSET(flag),
     .fallback = "false"},
    FIELDS_COMMON,
};

static int fake_check(const struct settings *settings, struct error *error)
{
    const struct fake_settings *own = (const struct fake_settings *)settings;

    if (own->flag && own->seconds > 100)
        return error_set(error, "seconds above 100 do not go with flag");
    return 0;
}

static const struct rule fake_probe_rule = {
    .name = "probe",
    .summary = "Probes.",
    .scope = RULE_CONTAINER,
    .settings_size = sizeof(struct fake_settings),
    .settings = fake_fields,
    .scalar = "seconds",
    .check = fake_check,
};

static const struct rule fake_surge_rule = {
    .name = "surge",
    .summary = "Surges.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct fake_settings),
    .settings = fake_fields,
};

static const struct rule fake_backend_rule = {
    .name = "backend",
    .summary = "Backends.",
    .scope = RULE_SERVICE,
    .settings_size = sizeof(struct fake_settings),
    .settings = fake_fields,
    .scalar = "handler",
};

static const struct rule *const fake_items[] = {&fake_probe_rule, &fake_surge_rule,
                                                &fake_backend_rule};
static const struct rules fake_rules = {fake_items, 3};

__attribute__((unused)) static struct policy *load_text(const struct rules *rules, const char *text,
                                                        struct problems *problems)
{
    size_t size = strlen(text);
    char *bytes = malloc(size);
    struct policy *policy;

    *problems = (struct problems){0};
    memcpy(bytes, text, size);
    policy = policy_load(rules, "test.yaml", (struct slice){bytes, size}, problems);
    free(bytes);
    return policy;
}

// All problems as "line:column: message" lines, a warning's with "warning: " before its message.
__attribute__((unused)) static char *problems_text(const struct problems *problems)
{
    size_t size = 1;
    char *text;

    for (const struct problem *problem = problems->first; problem; problem = problem->next)
        size += strlen(problem->text) + 64;
    text = calloc(1, size);
    for (const struct problem *problem = problems->first; problem; problem = problem->next)
        snprintf(text + strlen(text), size - strlen(text), "%u:%u: %s%s\n", problem->line,
                 problem->column, problem->warning ? "warning: " : "", problem->text);
    return text;
}

#endif
