// Judges a held step: whether its pods are ready, have baked, and pass the checks.
#include "cluster/step.h"

#include <stdio.h>
#include <string.h>

#include "cluster/act.h"
#include "cluster/clock.h"
#include "cluster/document.h"
#include "cluster/gate.h"

enum { DRIVE_REFUSALS_MAX = 3 };

static enum drive_next drive_finish(struct driving *driving, enum drive_end end)
{
    driving->end = end;
    return NEXT_ENDED;
}

static const char *drive_hash(const struct driving *driving)
{
    return driving->versions.newest ? driving->versions.newest->hash : "";
}

enum drive_sameness drive_sameness(const struct driving *driving)
{
    if (driving->workload.held && !strcmp(driving->workload.template, driving->template))
        return SAME;
    if (!workload_is_observed(&driving->workload))
        return UNCLEAR;
    return *driving->hash && !strcmp(drive_hash(driving), driving->hash) ? SAME : OTHER;
}

static void drive_begin_step(struct driving *driving)
{
    const struct workload *workload = &driving->workload;

    driving->step = workload->step;
    driving->step_begun = clock_now();
    driving->ready_since = 0;
    driving->waiting_said = driving->verified = false;
    driving->refusals = 0;
    if (workload->held)
        drive_log(&driving->log, "step", "step %u of %u is held: %lld of %lld pods", workload->step,
                  workload->steps.count, (long long)workload_held_pods(workload),
                  (long long)workload->replicas);
}

// Notes at the first look which release this run is about.
static void drive_adopt(struct driving *driving)
{
    const struct workload *workload = &driving->workload;

    snprintf(driving->template, sizeof(driving->template), "%s", workload->template);
    snprintf(driving->hash, sizeof(driving->hash), "%s", drive_hash(driving));
    driving->revision = act_revision(workload, &driving->versions);
    driving->was_held = workload->held;
    drive_log(&driving->log, "start", "%s/%s: %s%s", workload->kind->resource, workload->name,
              workload->held ? "release of " : "nothing is held; ",
              driving->versions.newest ? driving->versions.newest->images : "");
    drive_begin_step(driving);
}

static bool drive_is_ready(const struct driving *driving)
{
    const struct workload *workload = &driving->workload;
    const struct version *newest = driving->versions.newest;
    int64_t wanted = workload_held_pods(workload), pods = 0, ready = 0;

    for (unsigned i = 0; i < driving->versions.count; i++) {
        pods += driving->versions.items[i].pods;
        ready += driving->versions.items[i].ready;
    }
    return workload_is_observed(workload) && newest && newest->pods >= wanted &&
           newest->ready >= wanted && ready >= pods &&
           document_number(workload->object, "status/readyReplicas") >=
               document_number(workload->object, "status/replicas");
}

static bool drive_too_many_restarts(struct driving *driving)
{
    const struct version *newest = driving->versions.newest;
    int64_t most = driving->settings->max_restarts;

    if (most < 0 || !newest || newest->restarts <= most)
        return false;
    error_set(&driving->why, "the new version's pods restarted %lld times, more than %lld",
              (long long)newest->restarts, (long long)most);
    return true;
}

static double drive_left(const struct driving *driving)
{
    return driving->step_begun + driving->settings->timeout - clock_now();
}

static enum drive_next drive_wait_for_pods(struct driving *driving)
{
    const struct version *newest = driving->versions.newest;
    const char *problem = newest && newest->problem ? newest->problem : "";
    long long wanted = (long long)workload_held_pods(&driving->workload);
    long long ready = newest ? (long long)newest->ready : 0;

    if (driving->ready_since > 0)
        drive_log(&driving->log, "unready", "%lld of %lld new pods are ready: it bakes anew", ready,
                  wanted);
    else if (!driving->waiting_said)
        drive_log(&driving->log, "waiting", "%lld of %lld new pods are ready%s%s", ready, wanted,
                  *problem ? ": " : "", problem);
    driving->waiting_said = true;
    driving->ready_since = 0;
    if (drive_left(driving) > 0)
        return NEXT_WAIT;
    error_set(&driving->why, "step %u: %lld of %lld new pods are ready after %.0f s%s%s",
              driving->workload.step, ready, wanted, driving->settings->timeout,
              *problem ? ": " : "", problem);
    return NEXT_FAILED;
}

// Decides what to do after a refusal. If pods are not ready, it waits for them. Otherwise it looks
// again, because another run may have approved the same step. It ends after DRIVE_REFUSALS_MAX
// refusals.
static enum drive_next drive_refused(struct driving *driving, enum act_result result,
                                     const struct error *why)
{
    if (result == ACT_NOT_READY) {
        driving->ready_since = 0;
        return drive_left(driving) > 0 ? NEXT_WAIT : drive_wait_for_pods(driving);
    }
    if (++driving->refusals < DRIVE_REFUSALS_MAX)
        return NEXT_WAIT;
    drive_log(&driving->log, "refused", "%s; step %u stays held", why->text,
              driving->workload.step);
    return drive_finish(driving, DRIVE_LEFT);
}

static enum drive_next drive_approve(struct driving *driving)
{
    const struct workload *workload = &driving->workload;
    uint32_t next = workload_next(workload);
    struct error why = {0};
    enum act_result result;

    if (driving->settings->dry_run) {
        drive_log(&driving->log, "dry-run", "step %u passed; step %u would be approved",
                  workload->step, next);
        return drive_finish(driving, DRIVE_RELEASED);
    }
    result = act_approve(driving->kubectl, workload, next, false, &why);
    if (result != ACT_DONE)
        return drive_refused(driving, result, &why);
    drive_log(&driving->log, "approved", "step %u of %u, version %s", next, workload->steps.count,
              workload->template);
    return NEXT_WAIT;
}

static enum drive_next drive_unknown(struct driving *driving, const struct error *why)
{
    if (drive_left(driving) > 0)
        return NEXT_WAIT;
    error_set(&driving->why, "step %u: no check within %.0f s: %s", driving->workload.step,
              driving->settings->timeout, why->text);
    return NEXT_FAILED;
}

static enum drive_next drive_check(struct driving *driving, bool baked)
{
    const struct drive_settings *settings = driving->settings;
    enum gate_result result = GATE_PASSED;
    struct error why = {0};

    if (settings->query)
        result =
            gate_query(driving->kubectl, settings, &driving->workload, &driving->versions, &why);
    if (result == GATE_PASSED && !baked)
        return NEXT_WAIT;
    if (result == GATE_PASSED && settings->verify && !driving->verified) {
        double left = drive_left(driving);
        result = gate_command(settings, &driving->workload, &driving->versions, left > 1 ? left : 1,
                              &why);
        driving->verified = result == GATE_PASSED;
    }
    if (result == GATE_UNKNOWN)
        return drive_unknown(driving, &why);
    if (result == GATE_PASSED)
        return drive_approve(driving);
    error_set(&driving->why, "step %u: %s", driving->workload.step, why.text);
    return NEXT_FAILED;
}

static enum drive_next drive_held(struct driving *driving)
{
    driving->was_held = true;
    if (driving->step != driving->workload.step)
        drive_begin_step(driving);
    if (drive_too_many_restarts(driving))
        return NEXT_FAILED;
    if (!drive_is_ready(driving))
        return drive_wait_for_pods(driving);
    if (driving->ready_since == 0) {
        driving->ready_since = clock_now();
        driving->waiting_said = false;
        drive_log(&driving->log, "ready", "all %lld new pods are ready",
                  (long long)driving->versions.newest->ready);
    }
    return drive_check(driving, clock_now() - driving->ready_since >= driving->settings->bake);
}

// Watches a release that is approved to the end. The other pods follow at the object's own pace.
static enum drive_next drive_released(struct driving *driving)
{
    if (driving->step != 0)
        drive_begin_step(driving);
    if (workload_is_complete(&driving->workload)) {
        drive_log(&driving->log, "released", "all %lld pods are of the new version",
                  (long long)driving->workload.replicas);
        return drive_finish(driving, DRIVE_RELEASED);
    }
    if (drive_too_many_restarts(driving))
        return NEXT_FAILED;
    if (drive_left(driving) > 0)
        return NEXT_WAIT;
    error_set(&driving->why, "the rollout is not complete after %.0f s",
              driving->settings->timeout);
    return NEXT_FAILED;
}

// Learns what is known only a moment after the release has started, because the controller tells
// it: the hashes of this version, and the revision to go back to.
static void drive_learn(struct driving *driving)
{
    if (!driving->workload.held || !workload_is_observed(&driving->workload))
        return;
    snprintf(driving->hash, sizeof(driving->hash), "%s", drive_hash(driving));
    snprintf(driving->template, sizeof(driving->template), "%s", driving->workload.template);
    if (driving->revision == 0)
        driving->revision = act_revision(&driving->workload, &driving->versions);
}

enum drive_next drive_decide(struct driving *driving)
{
    enum drive_sameness sameness;

    if (driving->step_begun <= 0)
        drive_adopt(driving);
    sameness = drive_sameness(driving);
    if (sameness == UNCLEAR)
        return NEXT_WAIT;
    if (sameness == OTHER) {
        drive_log(&driving->log, "superseded",
                  "another version was pushed, or this one taken back: it is left as it is");
        return drive_finish(driving, DRIVE_LEFT);
    }
    drive_learn(driving);
    return driving->workload.held ? drive_held(driving) : drive_released(driving);
}
