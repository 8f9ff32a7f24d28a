// Decides about a release. It reads the state that state.c knows, and writes nothing.
#include "release/release.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "release/approval.h"
#include "release/state.h"
#include "run/run.h"

static struct value release_annotation(struct value object, const char *key)
{
    return value_get(value_get(value_get(object, "metadata"), "annotations"), key);
}

// What a user sets while something is held is kept for later. It ends nothing.
enum reason release_unfit(const struct run *run)
{
    const struct release *release = run->release;
    const struct kind *kind = run->facts.kind;
    int64_t number = 0;
    if (!(kind->flags & KIND_HOLD) && kind->partition_path == NULL)
        return REASON_KIND_LACKS_FIELD;
    if (slice_is(run->facts.strategy_type, "Recreate"))
        return REASON_RECREATE;
    if (slice_is(run->facts.strategy_type, "OnDelete"))
        return REASON_ON_DELETE;
    if (release->replicas < 2)
        return REASON_TOO_FEW_REPLICAS;
    if (release->field_count == 0)
        return REASON_OUT_OF_MEMORY;
    if (release->was_held)
        return REASON_NONE;
    struct value first = release->fields[0].place->now;
    if (kind->partition_path != NULL)
        return value_exists(first) && !slice_is(value_raw(first), "0") &&
                       !slice_is(value_raw(first), "\"0%\"")
                   ? REASON_OWN_PARTITION
                   : REASON_NONE;
    return value_integer(first, &number) && number > HELD_USER_MIN_READY_MAX ? REASON_OWN_MIN_READY
                                                                             : REASON_NONE;
}

static void release_find(struct release *release, enum verdict verdict, enum reason reason)
{
    release->finding = finding_of(verdict, reason);
    release->reported = true;
}

static void release_end(struct release *release, enum release_event event, enum reason reason)
{
    release->hold = 0;
    release->event = event;
    release_find(release, VERDICT_INJECTED, reason);
}

// Also if the request dropped what evenkeel had written, or if evenkeel's own answer is sent again:
// only what the user wrote counts.
static bool release_only_restarts(const struct release *release)
{
    return strcmp(release->hashes.unrestarted, release->old.unrestarted) == 0;
}

// Puts the template that a release starts from first in the list with which a rollback is
// recognised.
static int release_remember(struct run *run)
{
    struct release_state *state = &run->release->state;
    const struct template_hashes *old = &run->release->old;
    struct text text;
    text_init(&text, run->arena, 64);
    text_printf(&text, "%s/%s", old->own, old->exact);
    struct slice hashes = text_slice(&text);
    struct slice stable[STABLE_MAX] = {hashes};
    uint32_t count = 1;
    for (uint32_t i = 0; i < state->stable_count && count < STABLE_MAX; i++)
        if (!slice_equal(state->stable[i], hashes))
            stable[count++] = state->stable[i];
    memcpy(state->stable, stable, sizeof(stable));
    state->stable_count = count;
    return hashes.data ? 0 : -1;
}

// The revision in the old object belongs to its template as soon as the controller has seen both.
static struct slice release_revision(struct run *run, const struct review *review)
{
    struct value old = review->old_object;
    struct value revision = release_annotation(old, "deployment.kubernetes.io/revision");
    int64_t seen = 0;
    value_integer(value_get(value_get(old, "status"), "observedGeneration"), &seen);
    return seen < run->release->old_generation ? (struct slice){NULL, 0}
                                               : value_string(revision, run->arena);
}

static void release_start(struct run *run, const struct review *review,
                          const struct release_wish *wish)
{
    struct release *release = run->release;
    struct release_state *state = &release->state;
    if (!release->was_held) {
        state->steps = wish->steps;
        state->revision = release_revision(run, review);
    }
    uint32_t first = steps_next(&state->steps, 0, release->replicas);
    if (first == 0 || steps_pods(&state->steps, first, release->replicas) >= release->replicas) {
        if (release->was_held)
            release_end(release, RELEASE_FINISHED, REASON_NO_STEPS);
        else
            release_find(release, VERDICT_SKIPPED, REASON_NO_STEPS);
        return;
    }
    if (!release->was_held && release_remember(run) < 0)
        run->plan.failed = true;
    state->template = (struct slice){release->hashes.own, TEMPLATE_HASH_SIZE};
    state->approver = (struct slice){NULL, 0};
    release->hold = first;
    release->event = RELEASE_STARTED;
    release_find(release, VERDICT_INJECTED, REASON_RELEASE_STARTED);
}

void release_roll_back(struct run *run)
{
    struct release *release = run->release;
    release_end(release, RELEASE_ROLLED_BACK, REASON_RELEASE_ROLLED_BACK);
    if (!release->was_held) {
        release->finding.verdict = VERDICT_KEPT;
        release->event = release->remembers ? RELEASE_ROLLED_BACK : RELEASE_NONE;
    }
}

// A template that is as it was must stay so, because one more change would be one more revision.
// The same holds if what evenkeel wrote in it came with its own bookkeeping, from the ReplicaSet of
// an earlier policy. A manifest has nothing of that, or what the version before had.
static void release_lock(struct run *run, const struct review *review)
{
    const struct release *release = run->release;
    struct value now = release_annotation(review->object, ANNOTATION_INJECTED);
    struct value old = release_annotation(review->old_object, ANNOTATION_INJECTED);
    bool came_with_ours =
        strcmp(release->hashes.own, release->hashes.exact) != 0 && !value_equal(now, old);
    if (came_with_ours || release_is_stable_exactly(release, &release->hashes))
        run->template_locked = true;
}

static void release_approve(struct run *run, const struct review *review,
                            const struct release_wish *wish, struct slice batch)
{
    struct release *release = run->release;
    struct approval approval = approval_judge(run, review, wish, batch);
    if (approval.refused != REASON_NONE) {
        release->event = RELEASE_REFUSED;
        release_find(release, VERDICT_IGNORED, approval.refused);
        return;
    }
    release->approver = value_string(value_get(review->user, "username"), run->arena);
    release->unready = approval.unready;
    if (approval.step == 0) {
        release->approved = true;
        release_end(release, RELEASE_FINISHED, REASON_RELEASE_FINISHED);
        return;
    }
    release->hold = approval.step;
    release->from = release->state.step;
    release->state.approver = release_short(release->approver);
    release->event = RELEASE_APPROVED;
    release_find(release, VERDICT_INJECTED, REASON_RELEASE_APPROVED);
}

static bool release_names_step(struct slice batch, uint32_t step)
{
    int64_t number;
    return slice_integer(batch, 1, STEPS_MAX, &number) && number == (int64_t)step;
}

// The held version is still the one that the release is about.
static void release_go_on(struct run *run, const struct review *review,
                          const struct release_wish *wish)
{
    struct release *release = run->release;
    struct value now = release_annotation(review->object, ANNOTATION_BATCH);
    struct value before = release_annotation(review->old_object, ANNOTATION_BATCH);
    struct slice batch = value_string(now, run->arena);
    release->hold = release->state.step;
    release->from = release->state.from;
    run->template_locked = !run->at_once; // what somebody refuses goes from the held version too
    release_find(release, VERDICT_KEPT, REASON_RELEASE_HELD);
    if (value_exists(now) && !value_equal(now, before) &&
        !release_names_step(batch, release->state.step))
        release_approve(run, review, wish, batch);
    // The same template has another hash if less of it is known to be evenkeel's, as after a
    // replace.
    release->state.template = (struct slice){release->hashes.own, TEMPLATE_HASH_SIZE};
}

static bool release_is_ended(const struct run *run)
{
    return value_is(value_get(run->annotations, ANNOTATION_BATCHES), "") ||
           run->opt_out == OPT_OUT_YES;
}

static void release_decide_held(struct run *run, const struct review *review,
                                const struct release_wish *wish)
{
    struct release *release = run->release;
    const struct template_hashes *old = &release->old;
    struct value labels = value_get(value_get(review->old_object, "metadata"), "labels");
    enum reason unfit = release_unfit(run);
    bool known = release->state.step > 0;
    bool same = slice_is(slice_of(release->hashes.exact), old->exact) &&
                slice_is(release->state.template, old->own);
    // A template that is the same except for what evenkeel wrote may stay only if that is put back.
    bool put_back = run->template_locked || slice_is(slice_of(release->hashes.exact), old->exact);
    bool changed =
        known && !same && !(put_back && slice_is(release->state.template, release->hashes.own));
    if (release_is_stable(release, labels, &release->hashes))
        release_roll_back(run);
    else if (release_is_ended(run))
        release_end(release, RELEASE_FINISHED, REASON_RELEASE_FINISHED);
    else if (!known)
        release_end(release, RELEASE_FINISHED, REASON_HOLD_RESTORED);
    else if (unfit != REASON_NONE)
        release_end(release, RELEASE_FINISHED, unfit);
    else if (changed)
        release_start(run, review, wish);
    else
        release_go_on(run, review, wish);
}

static void release_decide_new(struct run *run, const struct review *review,
                               const struct release_wish *wish)
{
    struct release *release = run->release;
    const struct template_hashes *old = &release->old;
    enum reason unfit = release_unfit(run);
    struct value old_template = value_get(value_get(review->old_object, "spec"), "template");
    if (!wish->wanted || wish->steps.count == 0)
        return;
    release->remembers = !wish->observed && release->state.stable_count > 0;
    if (!value_exists(old_template) || slice_is(slice_of(release->hashes.exact), old->exact) ||
        slice_is(slice_of(release->hashes.own), old->own))
        return;
    if (release_is_stable(release, (struct value){NULL, 0}, &release->hashes))
        release_roll_back(run);
    else if (unfit != REASON_NONE)
        release_find(release, VERDICT_SKIPPED, unfit);
    else if (release_only_restarts(release))
        release_find(release, VERDICT_SKIPPED, REASON_RESTART_ONLY);
    else if (wish->observed)
        release_find(release, VERDICT_WOULD_INJECT, REASON_RELEASE_STARTED);
    else
        release_start(run, review, wish);
}

// The values of a hold in an object without any other sign of a hold.
static void release_decide_stray(struct run *run)
{
    struct release *release = run->release;
    release_end(release, RELEASE_NONE, REASON_HOLD_RESTORED);
    if (run->policy->mode != MODE_OBSERVE)
        return;
    release->finding.verdict = VERDICT_WOULD_INJECT;
    release->concerned = false;
}

static int release_hash(struct run *run, const struct review *review, struct tape *old_record)
{
    struct evidence books;
    evidence_init(&books, value_get(review->old_object, "metadata"), NULL, NULL, true, run->arena,
                  NULL, old_record);
    if (template_hash(&run->release->hashes, review->object, evidence_record(&run->evidence),
                      run->arena) < 0)
        return -1;
    return template_hash(&run->release->old, review->old_object, evidence_record(&books),
                         run->arena);
}

void release_decide(struct run *run, const struct review *review, const struct release_wish *wish,
                    struct tape *old_record)
{
    struct release *release = run->release;
    bool update = !run->facts.create && value_exists(review->old_object);
    release->wish = *wish;
    release_reconcile(run);
    if (!release->concerned && !(update && wish->wanted))
        return;
    if (!update) {
        release_decide_stray(run);
        return;
    }
    if (release_hash(run, review, old_record) < 0) {
        run->plan.failed = true;
        return;
    }
    bool again = slice_is(release->state.template, release->hashes.own);
    if (release->was_held)
        release_decide_held(run, review, wish);
    else
        release_decide_new(run, review, wish);
    if (release->finding.reason == REASON_RELEASE_ROLLED_BACK)
        release_lock(run, review);
    if (release->concerned && !release->was_held && !again && release->hold == 0)
        release_decide_stray(run);
}
