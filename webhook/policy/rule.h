// A rule: one injected feature, in one file and one line of the ordered table (rules/rules.h).
#ifndef EVENKEEL_POLICY_RULE_H
#define EVENKEEL_POLICY_RULE_H

#include <stddef.h>

#include "policy/reason.h"
#include "policy/settings.h"

struct container;
struct facts;
struct run;
struct wishes;

enum rule_scope {
    RULE_WORKLOAD,  // once for the object, from `workloads:` entries
    RULE_CONTAINER, // once for each container of the pod template, from `workloads:` entries
    RULE_SERVICE,   // once for the object, from `services:` entries
};

struct rule {
    const char *name;    // its key in a policy entry, and its name in reports and metrics
    const char *summary; // one sentence: what it injects and why
    enum rule_scope scope;
    size_t settings_size;
    const struct field *settings;
    // The key of the field that a scalar alone sets (`minReadySeconds: 5`). NULL: only the long
    // form exists.
    const char *scalar;

    // An override annotation alone switches the rule on, if no policy entry names it.
    bool opt_in;

    // The rule without which this one has nothing to do. If that rule runs and no entry names this
    // one, implied() says whether this one runs too, with its defaults. NULL: it runs only if it is
    // named.
    const char *follows;
    bool (*implied)(const struct run *run);

    // Reports the result for a batched release, even if only a hold makes the object matter.
    bool reports_release;

    // Refuses a combination of values that no single field shows. 0, or -1 with `error`. May be
    // NULL.
    int (*check)(const struct settings *settings, struct error *error);

    // Says which times the rule wants, before the budget decides them together. May be NULL.
    void (*wish)(const struct settings *settings, const struct facts *facts, struct wishes *wishes);

    // Decides one target and plans its edits. `container` is NULL unless the scope is
    // RULE_CONTAINER.
    struct finding (*apply)(struct run *run, const struct settings *settings,
                            const struct container *container);
};

// An ordered table of rules and their names. At most RULES_MAX.
enum { RULES_MAX = 32 };

struct rules {
    const struct rule *const *items;
    uint32_t count;
};

#endif
