// Finds the entries that match, and merges their settings field by field.
#include "admit/merge.h"

#include "base/arena.h"
#include "policy/match.h"

static bool merge_entry(struct run *run, const struct entry *entry)
{
    for (uint32_t i = 0; i < run->rules->count; i++) {
        const struct rule *rule = run->rules->items[i];
        if (entry->settings[i] == NULL)
            continue;
        if (run->settings[i] == NULL) {
            run->settings[i] = arena_alloc(run->arena, rule->settings_size);
            if (run->settings[i] == NULL)
                return false;
            memcpy(run->settings[i], run->policy->defaults[i], rule->settings_size);
        }
        settings_merge(rule->settings, run->settings[i], entry->settings[i]);
    }
    return true;
}

static bool merge_is_owned(struct value metadata)
{
    struct value owners = value_get(metadata, "ownerReferences");
    for (struct value owner = value_first(owners); owner.node; owner = value_next(owner))
        if (value_is_true(value_get(owner, "controller")))
            return true;
    return false;
}

static struct subject merge_subject(const struct review *review, const struct kind *kind)
{
    struct value metadata = value_get(review->object, "metadata");
    return (struct subject){
        .kind = kind,
        .namespace = review->namespace,
        .name = review->name,
        .labels = value_get(metadata, "labels"),
        .owned = merge_is_owned(metadata),
    };
}

enum reason merge_settings(struct run *run, const struct review *review, const struct kind *kind)
{
    const struct subject subject = merge_subject(review, kind);
    bool service = subject.kind->flags & KIND_SERVICE;
    const struct entry *entries = service ? run->policy->services : run->policy->workloads;
    uint32_t count = service ? run->policy->service_count : run->policy->workload_count;
    enum reason reason = subject.owned ? REASON_OWNED : REASON_NO_ENTRY;
    for (uint32_t i = 0; i < count; i++) {
        if (!match_applies(&entries[i].match, &subject))
            continue;
        reason = REASON_NONE;
        if (!merge_entry(run, &entries[i]))
            return REASON_OUT_OF_MEMORY;
    }
    return reason;
}

static const struct settings *merge_settings_of(const struct run *run, const char *name)
{
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (slice_is(slice_of(name), run->rules->items[i]->name))
            return run->settings[i];
    return NULL;
}

void merge_implied(struct run *run)
{
    for (uint32_t i = 0; i < run->rules->count; i++) {
        const struct rule *rule = run->rules->items[i];
        if (rule->follows == NULL || run->settings[i] != NULL)
            continue;
        const struct settings *leader = merge_settings_of(run, rule->follows);
        if (leader == NULL || !leader->enabled || !rule->implied(run))
            continue;
        run->settings[i] = arena_alloc(run->arena, rule->settings_size);
        if (run->settings[i] == NULL)
            return;
        memcpy(run->settings[i], run->policy->defaults[i], rule->settings_size);
        run->settings[i]->mode = leader->mode;
    }
}
