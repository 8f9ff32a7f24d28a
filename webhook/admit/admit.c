// From a review to its answer: the order of the steps, and what passes an object over as a whole.
#include "admit/admit.h"

#include <stdio.h>

#include "admit/merge.h"
#include "admit/override.h"
#include "admit/respond.h"
#include "admit/scratch.h"
#include "admit/update.h"
#include "base/arena.h"
#include "object/annotations.h"
#include "object/review.h"
#include "plan/patch.h"
#include "release/release.h"
#include "run/budget.h"

// Why the object is passed over before any of its content matters; REASON_NONE: it is not.
static enum reason admit_pass_over(const struct review *review, const struct kind *kind,
                                   const struct policy *policy)
{
    bool update = review->operation == OPERATION_UPDATE;
    struct value metadata = value_get(review->object, "metadata");
    if ((!update && review->operation != OPERATION_CREATE) || review->sub_resource)
        return REASON_OPERATION;
    if (kind == NULL)
        return REASON_KIND;
    if (value_type(review->object) != TAPE_OBJECT)
        return REASON_MALFORMED;
    if (value_exists(value_get(metadata, "deletionTimestamp")))
        return REASON_DELETING;
    if (value_is(value_get(value_get(metadata, "annotations"), ANNOTATION_INJECT), "false"))
        return REASON_OPTED_OUT;
    if (value_exists(value_get(value_get(review->object, "spec"), "workloadRef")))
        return REASON_NO_TEMPLATE;
    if (update && policy->on_update == ON_UPDATE_NEVER)
        return REASON_ON_UPDATE_NEVER;
    if (update && policy->on_update != ON_UPDATE_ALWAYS && update_changes_nothing(review, kind))
        return REASON_SPEC_UNCHANGED;
    return REASON_NONE;
}

static bool admit_observes(const struct run *run, const struct settings *settings)
{
    return run->policy->mode == MODE_OBSERVE || settings->mode == MODE_OBSERVE;
}

static bool admit_any_observes(const struct run *run)
{
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->settings[i] != NULL && admit_observes(run, run->settings[i]))
            return true;
    return false;
}

static void admit_apply(struct run *run, uint32_t index)
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

// What the rules wish for, with or without those that only observe.
static void admit_wishes(const struct run *run, bool observers, struct release_wish *release,
                         struct wishes *wishes)
{
    *release = (struct release_wish){0};
    *wishes = (struct wishes){.release = release};
    for (uint32_t i = 0; i < run->rules->count; i++) {
        const struct settings *settings = run->settings[i];
        if (settings == NULL || run->rules->items[i]->wish == NULL)
            continue;
        bool observes = admit_observes(run, settings);
        if (!observes || observers)
            run->rules->items[i]->wish(settings, &run->facts, wishes);
    }
}

// Decides the times, once for enforced rules and once for those that observe, and what becomes of a
// release.
static void admit_decide_workload(struct run *run, const struct review *review,
                                  struct tape *old_record, struct budget budgets[2])
{
    struct wishes enforced, all;
    struct release_wish release, observed;
    admit_wishes(run, false, &release, &enforced);
    admit_wishes(run, true, &observed, &all);
    enforced.all = all.all = &all;
    if (!release.wanted && observed.wanted) {
        release = observed;
        release.observed = true;
    }
    release_decide(run, review, &release, old_record);
    budget_decide(&budgets[0], run, &enforced);
    if (admit_any_observes(run))
        budget_decide(&budgets[1], run, &all);
}

// One warning names all that observe mode held back.
static void admit_warn_observed(struct run *run)
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
    struct slice list = text_slice(&names);
    if (list.size > 0)
        run_warn(run, "observe mode: evenkeel would inject %.*s", (int)list.size, list.data);
}

static bool admit_is_release(enum reason reason)
{
    return reason == REASON_RELEASE_STARTED || reason == REASON_RELEASE_ROLLED_BACK;
}

// A hold that no policy entry speaks of any more is reported all the same; and what the rule could
// say of a release when it ran, the template that all of them made may have put right.
static void admit_note_release(struct run *run)
{
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->release->reported && run->rules->items[i]->reports_release &&
            run->settings[i] == NULL)
            run_note(run, run->rules->items[i], NULL, run->release->finding);
    for (uint32_t i = 0; i < run->outcome_count; i++)
        if (run->release->reported && admit_is_release(run->outcomes[i].finding.reason))
            run->outcomes[i].finding = run->release->finding;
}

static void admit_run_rules(struct run *run, const struct review *review, struct tape *old_record)
{
    struct budget budgets[2] = {{0}, {0}}; // by whether the rule only observes
    bool workload = !(run->facts.kind->flags & KIND_SERVICE);
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->settings[i] != NULL && !run->settings[i]->enabled)
            run->settings[i] = NULL;
    if (workload)
        admit_decide_workload(run, review, old_record, budgets);
    for (uint32_t i = 0; i < run->rules->count; i++) {
        if (run->settings[i] == NULL)
            continue;
        run->observing = admit_observes(run, run->settings[i]);
        run->budget = budgets[run->observing];
        admit_apply(run, i);
    }
    // Not on a Service: what a load balancer was built with stays as long as it does.
    if (workload && run->policy->mode == MODE_ENFORCE && !run->release->passed_over)
        run_withdraw_orphans(run);
    if (workload)
        release_confirm(run);
    admit_note_release(run);
    admit_warn_observed(run);
    if (workload)
        release_write(run, review);
    if (run->policy->mode == MODE_ENFORCE || run->untangled)
        record_plan(&run->record, &run->plan, run->facts.annotations);
}

static int admit_prepare(struct scratch *scratch, const struct review *review,
                         const struct kind *kind, struct error *error)
{
    struct run *run = &scratch->run;
    if (plan_init(&run->plan, run->arena, review->object) < 0) {
        run->plan.failed = true;
        return error_set(error, "out of memory");
    }
    bool create = review->operation == OPERATION_CREATE;
    if (facts_read(&run->facts, kind, review->object, create, &run->plan, run->arena, error) < 0)
        return -1;
    run->facts.namespace = review->namespace;
    run->old_object = review->old_object;
    struct value old_type = value_get(value_get(review->old_object, "spec"), "type");
    run->facts.became_load_balancer =
        !create && value_exists(review->old_object) && !value_is(old_type, "LoadBalancer");
    struct place *coverage = run->facts.spec_place;
    if (!(kind->flags & KIND_SERVICE))
        coverage = plan_member(&run->plan, run->facts.pod_spec_place, "containers");
    evidence_init(&run->evidence, run->facts.metadata, run->facts.annotations, coverage,
                  kind->flags & KIND_BUILT_IN, run->arena, &scratch->tapes[TAPE_OF_APPLIED],
                  &scratch->tapes[TAPE_OF_RECORD]);
    release_read(run, review, &scratch->tapes[TAPES_OF_RELEASE]);
    record_init(&run->record, &run->evidence, &run->plan, run->arena);
    return 0;
}

static void admit_copy_run(struct admission *admission, const struct run *run)
{
    admission->outcomes = run->outcomes;
    admission->outcome_count = run->outcome_count;
    admission->outcomes_dropped = run->outcomes_dropped;
    admission->warnings = run->warnings;
    admission->warning_count = run->warning_count;
    // Our own answer, sent again in the same request, does nothing more.
    admission->release = admission->patch.size > 0 ? run->release->event : RELEASE_NONE;
    admission->approver = run->release->approver;
}

// Runs the rules, or where the object was passed over for a `reason` but holds a release, only what
// concerns that.
static int admit_decide(struct scratch *scratch, const struct review *review,
                        const struct kind *kind, struct admission *admission)
{
    struct run *run = &scratch->run;
    if (admission->reason == REASON_NONE)
        admission->reason = merge_settings(run, review, kind);
    bool runs = admission->reason == REASON_NONE;
    if (!runs && !(release_concerns(review, kind) && admission->reason != REASON_OUT_OF_MEMORY)) {
        override_refuse(run, review, admission->reason);
        return 0;
    }
    admission->reason = REASON_NONE;
    if (admit_prepare(scratch, review, kind, &admission->error) < 0) {
        admission->reason = run->plan.failed ? REASON_OUT_OF_MEMORY : REASON_MALFORMED;
        return 0;
    }
    if (review->operation == OPERATION_UPDATE)
        update_read(run, review, &scratch->tapes[TAPE_OF_OLD_RECORD]);
    run->release->passed_over = !runs;
    if (runs)
        override_apply(run, run->facts.annotations->now);
    admit_run_rules(run, review, &scratch->tapes[TAPE_OF_OLD_RECORD]);
    struct text patch;
    text_init(&patch, run->arena, PATCH_SIZE_MAX);
    if (patch_write(&run->plan, &patch, &admission->error) < 0)
        return -1;
    admission->patch = patch.size > 0 ? text_slice(&patch) : (struct slice){NULL, 0};
    admission->run = run;
    return 0;
}

static void admit_copy_review(struct admission *admission, const struct review *review)
{
    admission->uid = review->uid;
    admission->kind = review->kind;
    admission->namespace = review->namespace;
    admission->name = review->name;
    admission->operation = review->operation;
    admission->dry_run = review->dry_run;
}

// The review could not be read or decided: it is let through with a warning, or refused where the
// policy says so. What rules said of it does not count.
static enum answer admit_fail(struct scratch *scratch, const struct policy *policy,
                              struct admission *admission)
{
    admission->patch = (struct slice){NULL, 0};
    admission->run = NULL;
    scratch->run.warning_count = scratch->run.outcome_count = scratch->run.outcomes_dropped = 0;
    scratch->release = (struct release){0};
    run_warn(&scratch->run, "evenkeel left %s%.*s as it is: %s",
             admission->kind.size > 0 ? "the " : "an unreadable object", (int)admission->kind.size,
             admission->kind.size > 0 ? admission->kind.data : "", admission->error.text);
    admit_copy_run(admission, &scratch->run);
    return policy->on_error == ON_ERROR_DENY ? ANSWER_DENY : ANSWER_ALLOW;
}

static enum answer admit_review(struct scratch *scratch, const struct policy *policy,
                                struct slice body, struct admission *admission)
{
    struct review review;
    admission->reason = REASON_UNREADABLE;
    if (tape_parse(&scratch->tapes[TAPE_OF_BODY], body, TAPE_LAZY, &admission->error) < 0) {
        admission->uid = review_find_uid(body);
        return admit_fail(scratch, policy, admission);
    }
    int read =
        review_read(&review, &scratch->tapes[TAPE_OF_BODY], scratch->arena, &admission->error);
    admit_copy_review(admission, &review);
    if (read < 0)
        return admit_fail(scratch, policy, admission);
    const struct kind *kind = kind_find(review.group, review.kind);
    admission->reason = admit_pass_over(&review, kind, policy);
    if (admission->reason == REASON_OPERATION || admission->reason == REASON_DELETING)
        return ANSWER_ALLOW;
    bool held = release_concerns(&review, kind);
    if (admission->reason == REASON_SPEC_UNCHANGED && (held || release_needs_marks(&review, kind)))
        admission->reason = REASON_NONE;
    if (admission->reason == REASON_MALFORMED)
        return admit_fail(scratch, policy, admission);
    if (admission->reason != REASON_NONE && !held) {
        if (admission->reason == REASON_SPEC_UNCHANGED)
            override_annotated(&scratch->run, &review, kind);
        admit_copy_run(admission, &scratch->run);
        return ANSWER_ALLOW;
    }
    if (admit_decide(scratch, &review, kind, admission) < 0) {
        admission->reason = scratch->run.plan.failed ? REASON_OUT_OF_MEMORY : REASON_MALFORMED;
        return admit_fail(scratch, policy, admission);
    }
    if (admission->reason == REASON_MALFORMED || admission->reason == REASON_OUT_OF_MEMORY)
        return admit_fail(scratch, policy, admission);
    if (admission->patch.size > 0 && scratch->notice.size > 0)
        run_warn(&scratch->run, "%.*s", (int)scratch->notice.size, scratch->notice.data);
    admit_copy_run(admission, &scratch->run);
    return ANSWER_ALLOW;
}

// What was decided while memory was short, or on a part of the object that is no JSON, may be
// wrong.
static bool admit_lacks_something(const struct scratch *scratch, struct admission *admission)
{
    if (scratch_was_short(scratch)) {
        admission->reason = REASON_OUT_OF_MEMORY;
        error_set(&admission->error, "out of memory");
    } else if (scratch->tapes[TAPE_OF_BODY].malformed) {
        admission->reason = REASON_UNREADABLE;
        error_set(&admission->error, "a part of it is no valid JSON");
    } else {
        return false;
    }
    return true;
}

static enum answer admit_answer(struct scratch *scratch, const struct policy *policy,
                                struct slice body, struct admission *admission)
{
    enum answer answer = admit_review(scratch, policy, body, admission);
    return admit_lacks_something(scratch, admission) ? admit_fail(scratch, policy, admission)
                                                     : answer;
}

// Memory was too short even for a response: one that needs none.
static void admit_respond_without_memory(struct scratch *scratch, enum answer answer,
                                         struct admission *admission)
{
    admission->reason = REASON_OUT_OF_MEMORY;
    admission->patch = (struct slice){NULL, 0};
    admission->run = NULL;
    admission->outcome_count = admission->warning_count = 0;
    int size = snprintf(scratch->response, sizeof(scratch->response),
                        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                        "\"response\":{\"uid\":\"%.*s\",\"allowed\":%s}}",
                        (int)admission->uid.size, admission->uid.data,
                        answer == ANSWER_ALLOW ? "true" : "false");
    admission->response = (struct slice){scratch->response, (size_t)size};
}

static void admit_find_uid(struct admission *admission, struct slice body)
{
    admission->reason = REASON_OUT_OF_MEMORY;
    admission->uid = review_find_uid(body);
}

void admit(struct scratch *scratch, const struct rules *rules, const struct policy *policy,
           struct slice body, struct admission *admission)
{
    *admission = (struct admission){.kind = SLICE(""), .namespace = SLICE(""), .name = SLICE("")};
    scratch_reset(scratch);
    scratch->release = (struct release){0};
    scratch->run = (struct run){
        .arena = scratch->arena,
        .policy = policy,
        .rules = rules,
        .release = &scratch->release,
        .value_tape = &scratch->tapes[TAPE_OF_VALUES],
        .settings = arena_alloc(scratch->arena, rules->count * sizeof(struct settings *)),
    };
    enum answer answer = ANSWER_ALLOW;
    if (scratch->run.settings != NULL)
        answer = admit_answer(scratch, policy, body, admission);
    else
        admit_find_uid(admission, body);
    admission->allowed = answer == ANSWER_ALLOW;
    if (admission->uid.size == 0)
        return;
    admission->response = respond(admission, answer, scratch->arena);
    if (admission->response.data == NULL)
        admit_respond_without_memory(scratch, answer, admission);
}
