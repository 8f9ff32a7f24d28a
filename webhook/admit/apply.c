// One object's rules in their order: wishes, the budget, each rule, then what is removed and what
// is reported.
#include "admit/apply.h"

#include "admit/override.h"
#include "admit/past.h"
#include "admit/update.h"
#include "object/annotations.h"
#include "release/release.h"
#include "run/budget.h"
#include "run/source.h"
#include "run/untangle.h"

static bool apply_observes(const struct run *run, const struct settings *settings)
{
    return run->policy->mode == MODE_OBSERVE || settings->mode == MODE_OBSERVE;
}

static bool apply_any_observes(const struct run *run)
{
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->settings[i] != NULL && apply_observes(run, run->settings[i]))
            return true;
    return false;
}

static void apply_rule(struct run *run, uint32_t index)
{
    const struct rule *rule = run->rules->items[index];
    const struct settings *settings = run->settings[index];
    if (rule->scope != RULE_CONTAINER) {
        run_note(run, rule, NULL, rule->apply(run, settings, NULL));
        return;
    }
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        const struct container *container = &run->facts.containers[i];
        run_note(run, rule, container, rule->apply(run, settings, container));
    }
}

// What the rules want, with or without those that only observe.
static void apply_wishes(const struct run *run, bool observers, struct release_wish *release,
                         struct wishes *wishes)
{
    *release = (struct release_wish){0};
    *wishes = (struct wishes){.release = release};
    for (uint32_t i = 0; i < run->rules->count; i++) {
        const struct settings *settings = run->settings[i];
        if (settings == NULL || run->rules->items[i]->wish == NULL)
            continue;
        bool observes = apply_observes(run, settings);
        if (!observes || observers)
            run->rules->items[i]->wish(settings, &run->facts, wishes);
    }
}

// Decides the times, once for enforced rules and once for rules that observe. Also decides about a
// release.
static void apply_decide_workload(struct run *run, const struct review *review,
                                  struct tape *old_record, struct budget budgets[2])
{
    struct wishes enforced, all;
    struct release_wish release, observed;
    apply_wishes(run, false, &release, &enforced);
    apply_wishes(run, true, &observed, &all);
    enforced.all = all.all = &all;
    if (!release.wanted && observed.wanted) {
        release = observed;
        release.observed = true;
    }
    release_decide(run, review, &release, old_record);
    budget_decide(&budgets[0], run, &enforced);
    if (apply_any_observes(run))
        budget_decide(&budgets[1], run, &all);
}

// One warning names everything that observe mode did not write.
static void apply_warn_observed(struct run *run)
{
    struct text names;
    const struct rule *last = NULL;
    text_init(&names, run->arena, 1024);
    for (uint32_t i = 0; i < run->outcome_count; i++) {
        const struct outcome *outcome = &run->outcomes[i];
        if (outcome->finding.verdict != VERDICT_WOULD_INJECT || outcome->rule == last)
            continue;
        text_puts(&names, last == NULL ? "" : ", ");
        text_puts(&names, outcome->rule->name);
        last = outcome->rule;
    }
    run_warn_names(run, "observe mode: evenkeel would inject ", text_slice(&names));
}

// The names of the rules among `rules` (bit i: rule i), in their order, or of their annotations.
static struct slice apply_names(const struct run *run, uint32_t rules, bool annotations)
{
    struct text names;
    text_init(&names, run->arena, 1024);
    for (uint32_t i = 0; i < run->rules->count; i++) {
        if (!(rules >> i & 1))
            continue;
        text_puts(&names, names.size > 0 ? ", " : "");
        if (annotations)
            override_write_name(&names, run->rules->items[i]->name);
        else
            text_puts(&names, run->rules->items[i]->name);
    }
    return text_slice(&names);
}

// The rules of which evenkeel's values stay in the template, though somebody refuses them: a
// finished rollout is not started again for that.
static uint32_t apply_left(struct run *run, uint32_t refused)
{
    uint32_t left = 0;
    for (const struct record_entry *entry = run->record.first; entry; entry = entry->next)
        if (slice_starts_with(entry->path, "spec.template.") &&
            run_is_ours(run, plan_locate(&run->plan, entry->path)))
            left |= run_rule_bit(run, entry->path) & refused;
    return left;
}

// What somebody removed is a decision that lasts. They may have wanted it for an hour. Only of
// rules that would write it.
static void apply_warn_declined(struct run *run)
{
    uint32_t rules = 0, writing = 0;
    for (const struct record_entry *entry = run->history.declined.first; entry; entry = entry->next)
        rules |= run_rule_bit(run, entry->path) & run->declined;
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->settings[i] != NULL && !apply_observes(run, run->settings[i]))
            writing |= UINT32_C(1) << i;
    if (!run->rolled_back && !run->undone)
        run_warn_names(run,
                       "what was removed or reset stays out; " ANNOTATION_PREFIX
                       "RULE: \"on\" brings it back: ",
                       apply_names(run, rules & writing, true));
}

// Warns of what was removed, put back or left out.
static void apply_warn_ways_out(struct run *run, const struct review *review)
{
    uint32_t refused = run->opt_out == OPT_OUT_YES ? UINT32_MAX : run->refused;
    run_warn_names(run, "evenkeel removes, as an annotation asks: ",
                   apply_names(run, run->taken & refused, false));
    if (run->template_locked && refused != 0 && past_marks_changed(review))
        run_warn_names(run, "evenkeel removes with the next change of the pod template: ",
                       apply_names(run, apply_left(run, refused), false));
    if (run->goes_without)
        run_warn(run, "readinessProbe left out: it never passed (a wrong image looks the same); to "
                      "add it: " ANNOTATION_PREFIX "readiness-probe: \"on\"");
    apply_warn_declined(run);
    update_warn_restored(run);
}

static bool apply_is_release(enum reason reason)
{
    return reason == REASON_RELEASE_STARTED || reason == REASON_RELEASE_ROLLED_BACK;
}

// A hold is reported even if no policy entry asks for it any more. The report of the rule may be
// too early: the template that all rules made together may have changed the result.
static void apply_note_release(struct run *run)
{
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->release->reported && run->rules->items[i]->reports_release &&
            run->settings[i] == NULL)
            run_note(run, run->rules->items[i], NULL, run->release->finding);
    for (uint32_t i = 0; i < run->outcome_count; i++)
        if (run->release->reported && apply_is_release(run->outcomes[i].finding.reason))
            run->outcomes[i].finding = run->release->finding;
}

// The rules that an annotation switches off do not run.
static void apply_refuse_rules(struct run *run)
{
    for (uint32_t i = 0; i < run->rules->count; i++) {
        if (!(run->refused >> i & 1) || run->settings[i] == NULL)
            continue;
        run_note(run, run->rules->items[i], NULL, skipped(REASON_REFUSED));
        run->settings[i] = NULL;
    }
}

// What is removed after the rules ran: values that nothing asks for any more, and values that are
// in a user's way.
static void apply_take_out(struct run *run)
{
    bool refused = run->opt_out == OPT_OUT_YES;
    bool given_up = run->policy->mode == MODE_ENFORCE && !run->release->passed_over;
    if (refused || given_up)
        run_withdraw_orphans(run);
    else if (run->before.known && (run->policy->mode == MODE_OBSERVE || run->release->passed_over))
        source_follow_all(run);
    if (run->before.known)
        untangle(run);
}

// Decisions are recorded if rules ran, if something was removed, or if a tool dropped the record
// of values that still stand. What an opt-out leaves is recorded too, or an undo would bring an old
// record to it.
static void apply_write_record(struct run *run)
{
    struct place *history =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ANNOTATION_HISTORY));
    bool ran = !run->release->passed_over && run->policy->mode == MODE_ENFORCE;
    bool dropped = run->record_dropped && run->record.first != NULL;
    bool refused = run->opt_out == OPT_OUT_YES;
    bool knows = run->record.first != NULL || (history != NULL && value_exists(history->now)) ||
                 (run->before.known && evidence_record(&run->before.evidence).node != 0);
    if (ran || refused || run->untangled || dropped || !plan_is_empty(&run->plan))
        record_plan(&run->record, &run->plan, run->facts.annotations);
    if (refused)
        plan_remove(&run->plan, history);
    else if ((ran && knows) || run->undone || dropped)
        history_plan(&run->history, &run->plan, run->facts.annotations);
}

void apply_rules(struct run *run, const struct review *review, struct tape *old_record)
{
    struct budget budgets[2] = {{0}, {0}}; // by whether the rule only observes
    bool workload = !(run->facts.kind->flags & KIND_SERVICE);
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->settings[i] != NULL && !run->settings[i]->enabled)
            run->settings[i] = NULL;
    apply_refuse_rules(run);
    if (workload)
        apply_decide_workload(run, review, old_record, budgets);
    for (uint32_t i = 0; i < run->rules->count; i++) {
        if (run->settings[i] == NULL)
            continue;
        run->observing = apply_observes(run, run->settings[i]);
        run->budget = budgets[run->observing];
        apply_rule(run, i);
    }
    // Not on a Service: the values that a load balancer was built with stay as long as it does.
    if (workload) {
        apply_take_out(run);
        release_confirm(run);
    }
    apply_note_release(run);
    apply_warn_observed(run);
    if (workload)
        release_write(run, review);
    apply_warn_ways_out(run, review);
    apply_write_record(run);
}
