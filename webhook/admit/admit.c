// The way from a review to its answer: the order of the steps, and what passes over a whole object.
#include "admit/admit.h"

#include <stdio.h>

#include "admit/apply.h"
#include "admit/merge.h"
#include "admit/override.h"
#include "admit/past.h"
#include "admit/respond.h"
#include "admit/scratch.h"
#include "admit/update.h"
#include "base/arena.h"
#include "object/annotations.h"
#include "object/review.h"
#include "plan/patch.h"
#include "release/release.h"

// Why the object is passed over, whatever it contains. REASON_NONE: it is not.
static enum reason admit_pass_over(const struct review *review, const struct kind *kind,
                                   const struct policy *policy, struct arena *arena)
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
    if (value_exists(value_get(value_get(review->object, "spec"), "workloadRef")))
        return REASON_NO_TEMPLATE;
    bool out =
        opt_out_read(review->object, value_get(metadata, "annotations"), arena) == OPT_OUT_YES;
    bool carries = past_carries(review->object) || past_carries(review->old_object);
    if (out)
        return carries ? REASON_NONE : REASON_OPTED_OUT;
    if (update && policy->on_update != ON_UPDATE_ALWAYS && update_changes_nothing(review, kind))
        return REASON_SPEC_UNCHANGED;
    return update && policy->on_update == ON_UPDATE_NEVER ? REASON_ON_UPDATE_NEVER : REASON_NONE;
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
    run->field_manager = review->field_manager;
    struct value old_type = value_get(value_get(review->old_object, "spec"), "type");
    run->facts.became_load_balancer =
        !create && value_exists(review->old_object) && !value_is(old_type, "LoadBalancer");
    struct place *coverage = run->facts.spec_place;
    if (!(kind->flags & KIND_SERVICE))
        coverage = plan_member(&run->plan, run->facts.pod_spec_place, "containers");
    evidence_init(&run->evidence, run->facts.metadata, run->facts.annotations, coverage,
                  kind->flags & KIND_BUILT_IN, run->arena, &scratch->tapes[TAPE_OF_APPLIED],
                  &scratch->tapes[TAPE_OF_RECORD]);
    past_read(scratch, review);
    release_read(run, review, &scratch->tapes[TAPES_OF_RELEASE]);
    record_init(&run->record, &run->evidence, &run->plan, run->arena);
    return 0;
}

static void admit_refuse_overrides(struct run *run, const struct review *review, enum reason reason)
{
    if (reason == REASON_NO_ENTRY || reason == REASON_OWNED)
        override_refuse(run, value_get(value_get(review->object, "metadata"), "annotations"),
                        reason);
}

// Whether an object that is passed over may still have values that are in a user's way.
static bool admit_untangles(const struct review *review, enum reason reason)
{
    return (reason == REASON_ON_UPDATE_NEVER || reason == REASON_NO_ENTRY ||
            reason == REASON_OWNED) &&
           (past_carries(review->object) || past_carries(review->old_object));
}

// Whether nothing is to be decided. `held`: it holds a release.
static bool admit_leaves_alone(const struct review *review, enum reason reason, bool held)
{
    return reason != REASON_NONE && !held && !admit_untangles(review, reason);
}

// An opt-out comes before everything else: no rule runs.
static enum reason admit_heed_opt_out(struct run *run, enum reason reason)
{
    if (run->opt_out == OPT_OUT_NO)
        return reason;
    memset(run->settings, 0, run->rules->count * sizeof(struct settings *));
    if (run->opt_out == OPT_OUT_YES)
        return REASON_OPTED_OUT;
    run_warn(run,
             ANNOTATION_INJECT " is neither \"true\" nor \"false\": evenkeel adds nothing new");
    return REASON_OPT_OUT_UNCLEAR;
}

// Runs the rules. If the object was passed over for a `reason` but holds a release, only the
// release is handled.
static int admit_decide(struct scratch *scratch, const struct review *review,
                        const struct kind *kind, struct admission *admission)
{
    struct run *run = &scratch->run;
    if (admission->reason == REASON_NONE)
        admission->reason = merge_settings(run, review, kind);
    enum reason reason = admission->reason;
    bool held = release_concerns(review, kind);
    if (reason == REASON_OUT_OF_MEMORY || admit_leaves_alone(review, reason, held)) {
        admit_refuse_overrides(run, review, reason);
        return 0;
    }
    admission->reason = REASON_NONE;
    if (admit_prepare(scratch, review, kind, &admission->error) < 0) {
        admission->reason = run->plan.failed ? REASON_OUT_OF_MEMORY : REASON_MALFORMED;
        return 0;
    }
    reason = admit_heed_opt_out(run, reason);
    bool runs = reason == REASON_NONE;
    if (!held)
        admission->reason = reason;
    update_read(run, review, runs);
    run->release->passed_over = !runs;
    if (runs && !(kind->flags & KIND_SERVICE))
        merge_implied(run);
    if (runs) {
        override_apply(run);
    } else if (!held) {
        admit_refuse_overrides(run, review, reason);
    }
    apply_rules(run, review, &scratch->tapes[TAPE_OF_OLD_RECORD]);
    if (runs)
        override_warn_misplaced(run);
    struct text patch;
    plan_prune(&run->plan);
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

// One line for the user who creates an object. Without it, nothing in the object may ever name
// evenkeel to them.
static struct slice admit_note(const struct run *run, const struct admission *admission)
{
    struct text note;
    const struct rule *last = NULL;
    text_init(&note, run->arena, ADMIT_WARNING_SIZE_MAX + 1);
    if (!run->facts.create || run->policy->notes == NOTES_NEVER || admission->patch.size == 0)
        return (struct slice){NULL, 0};
    text_puts(&note, ANNOTATION_INJECT ": \"false\" leaves out what evenkeel added:");
    for (uint32_t i = 0; i < run->outcome_count; i++) {
        const struct outcome *outcome = &run->outcomes[i];
        if (outcome->finding.verdict != VERDICT_INJECTED || outcome->rule == NULL ||
            outcome->rule == last)
            continue;
        size_t more = strlen(outcome->rule->name) + 2;
        if (note.size + more + strlen(", …") > ADMIT_WARNING_SIZE_MAX) {
            text_puts(&note, ", …");
            break;
        }
        text_puts(&note, last == NULL ? " " : ", ");
        text_puts(&note, outcome->rule->name);
        last = outcome->rule;
    }
    return last != NULL ? text_slice(&note) : (struct slice){NULL, 0};
}

static void admit_copy_run(struct admission *admission, const struct run *run)
{
    admission->note = admit_note(run, admission);
    admission->outcomes = run->outcomes;
    admission->outcome_count = run->outcome_count;
    admission->outcomes_dropped = run->outcomes_dropped;
    admission->warnings = run->warnings;
    admission->warning_count = run->warning_count;
    // evenkeel's own answer, sent again in the same request, changes nothing more.
    admission->release = admission->patch.size > 0 ? run->release->event : RELEASE_NONE;
    admission->approver = run->release->approver;
}

// The review could not be read or decided. It is allowed with a warning, or refused if the policy
// says so. Outcomes of rules do not count.
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

static enum reason admit_no_plan(const struct plan *plan)
{
    if (plan->excluded.data != NULL)
        return REASON_EDITED_TWICE;
    return plan->failed ? REASON_OUT_OF_MEMORY : REASON_MALFORMED;
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
    const struct kind *kind = kind_find_version(review.group, review.version, review.kind);
    admission->reason = admit_pass_over(&review, kind, policy, scratch->arena);
    if (admission->reason == REASON_OPERATION || admission->reason == REASON_DELETING)
        return ANSWER_ALLOW;
    bool held = release_concerns(&review, kind);
    if (admission->reason == REASON_SPEC_UNCHANGED && (held || release_needs_marks(&review, kind)))
        admission->reason = REASON_NONE;
    if (admission->reason == REASON_MALFORMED)
        return admit_fail(scratch, policy, admission);
    if (admit_leaves_alone(&review, admission->reason, held))
        return ANSWER_ALLOW;
    if (admit_decide(scratch, &review, kind, admission) < 0) {
        admission->reason = admit_no_plan(&scratch->run.plan);
        return admit_fail(scratch, policy, admission);
    }
    if (admission->reason == REASON_MALFORMED || admission->reason == REASON_OUT_OF_MEMORY)
        return admit_fail(scratch, policy, admission);
    if (admission->patch.size > 0 && scratch->notice.size > 0)
        run_warn(&scratch->run, "%.*s", (int)scratch->notice.size, scratch->notice.data);
    admit_copy_run(admission, &scratch->run);
    return ANSWER_ALLOW;
}

// Decisions may be wrong if memory was short, or if a part of the object is not valid JSON.
static bool admit_lacks_something(const struct scratch *scratch, struct admission *admission)
{
    if (scratch_was_short(scratch)) {
        admission->reason = REASON_OUT_OF_MEMORY;
        error_set(&admission->error, "out of memory");
    } else if (scratch->tapes[TAPE_OF_BODY].malformed) {
        admission->reason = REASON_UNREADABLE;
        error_set(&admission->error, "a part of it is not valid JSON");
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

// There was not even memory for a response, so this one needs none.
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
        .history_tape = &scratch->tapes[TAPE_OF_HISTORY],
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
