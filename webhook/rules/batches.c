// batches: a new version reaches some pods and is held there until somebody approves it. The engine
// keeps the hold (release/release.h). This rule says what the policy wants, and reports the result.
#include "policy/rule.h"
#include "release/release.h"
#include "run/run.h"

enum { STEPS, APPROVERS };

struct batches_settings {
    struct settings common;
    struct slices steps;
    struct slices approvers;
};

static const struct field fields[] = {
    [STEPS] = {.key = "steps",
               .doc = "Pods of the new version at which a release is held: increasing numbers or "
                      "shares of all pods. 100% ends the list. Empty: releases are not held.",
               .type = FIELD_STRINGS,
               .offset = offsetof(struct batches_settings, steps),
               .annotation = "batches"},
    [APPROVERS] = {.key = "approvers",
                   .doc = "Who may let a held release go on: user:<glob> and group:<glob>. Empty: "
                          "everybody who may update the object.",
                   .type = FIELD_STRINGS,
                   .offset = offsetof(struct batches_settings, approvers)},
    FIELDS_COMMON,
};

static int check(const struct settings *settings, struct error *error)
{
    const struct batches_settings *own = (const struct batches_settings *)settings;
    struct steps steps;

    for (uint32_t i = 0; i < own->approvers.count; i++)
        if (!slice_starts_with(own->approvers.items[i], "user:") &&
            !slice_starts_with(own->approvers.items[i], "group:"))
            return error_set(error, "approvers: expected user:<glob> or group:<glob>");
    return steps_parse(&steps, own->steps, error);
}

static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct batches_settings *own = (const struct batches_settings *)settings;

    (void)facts;
    wishes->release->wanted = steps_parse(&wishes->release->steps, own->steps, NULL) == 0;
    wishes->release->approvers = own->approvers;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct batches_settings *own = (const struct batches_settings *)settings;
    enum reason unfit = release_unfit(run);

    (void)container;
    if (run->release->reported)
        return run->release->finding;
    if (own->steps.count == 0)
        return skipped(REASON_NOT_NEEDED);
    return skipped(unfit != REASON_NONE ? unfit : REASON_NO_RELEASE);
}

const struct rule batches_rule = {
    .name = "batches",
    .summary = "Holds a new version at some pods until somebody approves it.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct batches_settings),
    .settings = fields,
    .scalar = "steps",
    .opt_in = true,
    .reports_release = true,
    .check = check,
    .wish = wish,
    .apply = apply,
};
