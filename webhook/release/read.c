// Reads what is held, and puts the user's own values in place of the hold's. It decides nothing.
#include "release/release.h"

#include "object/annotations.h"
#include "object/rollout.h"
#include "run/run.h"

bool release_concerns(const struct review *review, const struct kind *kind)
{
    if (kind == NULL || value_type(review->object) != TAPE_OBJECT)
        return false;
    if (release_is_held(review->object, kind))
        return true;
    // The old spec is read only if its bytes can mean something else than the new one's.
    if (kind->flags & KIND_HOLD && slice_equal(value_raw(value_get(review->object, "spec")),
                                               value_raw(value_get(review->old_object, "spec"))))
        return false;
    return value_exists(review->old_object) && release_is_held(review->old_object, kind);
}

// Whether the old metadata may say something about releases. It is read only if its bytes name
// evenkeel's annotation, which no API server writes with escapes.
static bool release_may_be_known(struct value old_metadata)
{
    struct slice raw = value_raw(old_metadata);
    return raw.size > 0 &&
           memmem(raw.data, raw.size, ANNOTATION_RELEASE, strlen(ANNOTATION_RELEASE)) != NULL;
}

bool release_needs_marks(const struct review *review, const struct kind *kind)
{
    struct value metadata = value_get(review->object, "metadata");
    struct value old_metadata = value_get(review->old_object, "metadata");
    struct value labels = value_get(metadata, "labels");
    if (kind != NULL && kind->flags & KIND_HOLD && value_exists(value_get(labels, LABEL_HELD)))
        return true;
    if (!release_may_be_known(old_metadata))
        return false;
    struct value old = value_get(old_metadata, "annotations");
    struct value now = value_get(metadata, "annotations");
    struct value release = value_get(old, ANNOTATION_RELEASE);
    return value_exists(release) && !value_equal(release, value_get(now, ANNOTATION_RELEASE));
}

// Whether the present value is the user's decision. It is not if it was there before, unless no
// hold writes such a value (it was set while evenkeel was away). It is not if a hold writes this
// value. A value that the request removed is the user's decision too.
static bool release_is_users_new(const struct run *run, uint32_t index, struct value old)
{
    const struct release *release = run->release;
    struct slice actual = value_raw(release->fields[index].actual);
    if (slice_equal(actual, value_raw(old)))
        return value_exists(old) &&
               !release_looks_held(release->fields[index].name, release->fields[index].actual);
    for (uint32_t step = 1; step <= release->state.steps.count; step++)
        for (uint32_t from = 0; from < step; from++)
            if (slice_equal(actual, release_hold_json(run, index, step, from)))
                return false;
    return true;
}

static struct value release_old_value(struct run *run, const struct review *review, uint32_t index)
{
    struct plan old;
    struct slice path = plan_path_text(&run->plan, run->release->fields[index].place);
    if (plan_init(&old, run->arena, review->old_object) < 0)
        return (struct value){NULL, 0};
    struct place *place = plan_locate(&old, path);
    return place ? place->now : (struct value){NULL, 0};
}

// If the saved value is lost, a value that no hold writes is the user's. A partition could be
// anybody's: it is the user's, unless another mark of evenkeel's says that it is held.
static bool release_is_users_own(const struct release *release, const struct held_field *field)
{
    if (value_exists(value_get(release->state.saved, field->name)))
        return false;
    if (strcmp(field->name, "partition") == 0)
        return !release->was_held && release->state.step == 0;
    return !release_looks_held(field->name, field->actual);
}

// The value from before the hold. If it is lost, for example by an undo while evenkeel was away,
// the user's manifest still has it. Otherwise the policy or the API decides.
static struct value release_before_hold(struct run *run, const struct held_field *field)
{
    struct value saved = value_get(run->release->state.saved, field->name);
    if (value_exists(saved))
        return saved;
    struct value declared = evidence_applied_value(&run->evidence, field->place);
    return value_exists(declared) && release_may_be_saved(declared) ? declared : saved;
}

// A saved minReadySeconds of 0 means that there was none: the API leaves a 0 out, so no user set
// it.
static bool release_left_out(const struct held_field *field, struct value before)
{
    return strcmp(field->name, "minReadySeconds") == 0 && slice_is(value_raw(before), "0");
}

// Puts the values that the user had before the hold, or has set since, in place of the hold's.
static void release_stand_in(struct run *run, const struct review *review)
{
    struct release *release = run->release;
    for (uint32_t i = 0; i < release->field_count; i++) {
        struct held_field *field = &release->fields[i];
        if (release_is_refused(field))
            continue;
        if (release->was_held && release_is_users_new(run, i, release_old_value(run, review, i)))
            continue;
        if (release_is_users_own(release, field))
            continue;
        // Without other knowledge, the API's default comes back.
        struct value before = release_before_hold(run, field);
        if (release_left_out(field, before))
            field->place->now = (struct value){NULL, 0};
        else if (value_exists(before) || !slice_is(value_raw(field->actual), field->api_default))
            field->place->now = before;
    }
}

// evenkeel's own answer, sent again in the same request, may have saved values that the user set
// with it. An undo brings back what the annotation said when that version was held, which is of
// another generation.
static void release_take_saved(struct run *run, const struct review *review, struct tape *tape)
{
    struct release_state again;
    release_state_read(&again, review->object, tape, run->arena);
    if (again.over > 0 && again.over == run->release->old_generation && value_exists(again.saved))
        run->release->state.saved = again.saved;
}

void release_read(struct run *run, const struct review *review, struct tape *tapes)
{
    struct release *release = run->release;
    const struct kind *kind = run->facts.kind;
    bool update = !run->facts.create && value_exists(review->old_object);
    bool is_held = release_is_held(review->object, kind);
    if (kind->flags & KIND_SERVICE)
        return;
    release->was_held = update && release_is_held(review->old_object, kind);
    release->concerned = release->was_held || is_held;
    // If evenkeel's annotation was dropped or changed, the old object's counts. An annotation that
    // holds in this request (evenkeel's own answer, sent again) counts itself.
    bool from_old = release->was_held || (update && !is_held);
    release_state_read(&release->state, from_old ? review->old_object : review->object, &tapes[0],
                       run->arena);
    release->known = release->state;
    release->old_generation = rollout_generation(review->old_object);
    if (release->was_held && is_held)
        release_take_saved(run, review, &tapes[1]);
    release->replicas = 1;
    value_integer(value_get(run->facts.spec, "replicas"), &release->replicas);
    if (!(kind->flags & KIND_HOLD) && kind->partition_path == NULL)
        return;
    release_fields(run);
    if (release->concerned)
        release_stand_in(run, review);
}

// Two values are the user's, and the API would refuse them together: neither stays.
static void release_forget(struct run *run, uint32_t first, const char *names)
{
    struct held_field *fields = &run->release->fields[first];
    if (run_is_ours(run, fields[0].place) || run_is_ours(run, fields[1].place))
        return;
    fields[0].place->now = fields[1].place->now = (struct value){NULL, 0};
    run_warn(run, "evenkeel drops %s, which the API would refuse together", names);
}

void release_reconcile(struct run *run)
{
    const struct held_field *fields = run->release->fields;
    int64_t ready = 0, deadline = 0;
    if (!run->release->concerned || run->facts.kind->partition_path != NULL ||
        run->release->field_count < 2)
        return;
    bool late = value_integer(fields[0].place->now, &ready) &&
                value_integer(fields[1].place->now, &deadline) && deadline <= ready;
    if (late)
        release_forget(run, 0, "minReadySeconds and progressDeadlineSeconds");
    if (run->release->field_count == HELD_FIELDS_MAX &&
        release_is_zero(value_raw(fields[2].place->now)) &&
        release_is_zero(value_raw(fields[3].place->now)))
        release_forget(run, 2, "maxSurge and maxUnavailable");
}
