// What the warnings share: the present entry, and the settings that apply to it.
#ifndef EVENKEEL_LOADER_ADVISING_H
#define EVENKEEL_LOADER_ADVISING_H

#include "loader/cover.h"
#include "loader/load.h"

struct advising {
    const struct policy *policy;
    const struct rules *rules;
    struct slice yaml;
    struct problems *problems;
    struct cover cover;
    struct settings *room[2];    // each as large as the largest rule's settings
    const struct entry *entries; // the list at hand
    uint32_t count;
};

// The index of the rule with this name; rules->count when there is none.
uint32_t advising_find_rule(const struct rules *rules, const char *name);

// Merges the settings that apply to `entry` into the rule's defaults, in `out` of the rule's size.
// False if no entry names the rule for it, or it is switched off.
bool advising_in_force(struct advising *advising, const struct entry *entry, uint32_t rule,
                       struct settings *out);

// The field with this key; NULL when the rule has none.
const struct field *advising_find_field(const struct rule *rule, const char *key);

// An integer field's value; `otherwise` when the rule has no such field.
int32_t advising_integer(const struct rule *rule, const struct settings *settings, const char *key,
                         int32_t otherwise);

bool advising_is_present(const struct rule *rule, const struct settings *settings, const char *key);

// The line of the first field that an entry gives, or else the entry's.
uint32_t advising_line(const struct settings *settings);

void advising_warn(struct advising *advising, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Advice about load balancers, in advise_service.c: of a services entry, and of a workloads entry.
void advise_service(struct advising *advising, const struct entry *entry);
void advise_gate(struct advising *advising, const struct entry *entry);

#endif
