// Reads a RolloutPolicy (YAML) into a struct policy, by the rules' own tables. Reports every
// problem, not just the first.
#ifndef EVENKEEL_LOADER_LOAD_H
#define EVENKEEL_LOADER_LOAD_H

#include "policy/policy.h"

enum {
    POLICY_SIZE_MAX = 1024 * 1024, // bytes
    POLICY_ENTRIES_MAX = 4096,     // of workloads, and of services
    PROBLEMS_MAX = 100,            // past it one line says how many were left out
};

// The errors and warnings of a policy.
struct problem {
    struct problem *next;
    uint32_t line;   // from 1
    uint32_t column; // from 1, in bytes
    bool warning;    // legal and unwise; an error otherwise
    char *text;
};

struct problems {
    struct problem *first; // in order of line and column
    uint32_t errors;
    uint32_t warnings;
};

// Frees the list's contents; zeroed lists are fine.
void problems_clear(struct problems *problems);

// Loads the policy in `yaml`, called `file` in messages. NULL, with at least one error in
// `problems`, when it cannot be used; warnings may stand there either way. The caller frees it with
// policy_free().
struct policy *policy_load(const struct rules *rules, const char *file, struct slice yaml,
                           struct problems *problems);

void policy_free(struct policy *policy);

// The embedded default policy's bytes.
struct slice policy_default_yaml(void);

#endif
