// Applies a hold to what the rules planned, or ends it, and tells users in words.
#include <stdio.h>

#include "base/arena.h"
#include "object/annotations.h"
#include "release/release.h"
#include "run/run.h"

// The field's value without a release: what the rules planned, else the value that stands in for
// it.
static struct slice release_without(const struct held_field *field)
{
    struct slice after = run_value_after(field->place);
    bool missing = after.data == NULL || slice_is(after, "null");
    return missing ? slice_of(field->api_default) : after;
}

// The place shows the request's value again, and what will be written there.
static void release_settle(struct run *run, struct held_field *field, struct slice json)
{
    plan_unset(field->place);
    field->place->now = field->actual;
    bool absent_default = !value_exists(field->actual) && slice_is(json, field->api_default);
    if (!absent_default && !slice_equal(value_raw(field->actual), json))
        plan_set(&run->plan, field->place, json);
}

// A minReadySeconds for which no rule made room in the deadline: the API would refuse the two.
static void release_make_acceptable(struct run *run, struct slice *saved)
{
    struct release *release = run->release;
    int64_t ready = 0, deadline = 0;
    if (run->facts.kind->partition_path != NULL || release->field_count < 2 ||
        !slice_integer(saved[0], 0, INT32_MAX, &ready) ||
        !slice_integer(saved[1], 0, INT32_MAX, &deadline) || deadline > ready)
        return;
    for (uint32_t i = 0; i < 2; i++) {
        saved[i] = slice_of(release->fields[i].api_default);
        record_drop(&run->record, plan_path_text(&run->plan, release->fields[i].place));
    }
    run_warn(run, "evenkeel drops minReadySeconds: the progress deadline is too short for it");
}

static struct slice release_field_json(const struct run *run, uint32_t index, struct slice saved)
{
    const struct release *release = run->release;
    if (release_is_refused(&release->fields[index]))
        return value_raw(release->fields[index].actual);
    return release->hold > 0 ? release_hold_json(run, index, release->hold, release->from) : saved;
}

static void release_write_fields(struct run *run, struct slice *saved)
{
    struct release *release = run->release;
    for (uint32_t i = 0; i < release->field_count; i++) {
        const struct held_field *field = &release->fields[i];
        saved[i] =
            release_is_refused(field) ? slice_of(field->api_default) : release_without(field);
    }
    release_make_acceptable(run, saved);
    for (uint32_t i = 0; i < release->field_count; i++)
        release_settle(run, &release->fields[i], release_field_json(run, i, saved[i]));
}

// The request that changes what is saved is named with it: see release_take_saved().
static void release_note_saved(struct release *release, const struct slice *saved)
{
    for (uint32_t i = 0; i < release->field_count; i++)
        if (release->was_held &&
            !slice_equal(value_raw(value_get(release->known.saved, release->fields[i].name)),
                         saved[i]))
            release->state.over = release->old_generation;
}

static void release_put(struct run *run, struct place *map, const char *key, struct slice text)
{
    struct place *place = plan_map_entry(&run->plan, map, slice_of(key));
    struct text json;
    if (place == NULL || value_is_slice(place->now, text))
        return;
    text_init(&json, run->arena, 64 * 1024);
    text_json_string(&json, text);
    plan_set(&run->plan, place, text_slice(&json));
}

static void release_drop(struct run *run, struct place *map, const char *key)
{
    plan_remove(&run->plan, plan_map_entry(&run->plan, map, slice_of(key)));
}

static struct slice release_number(struct run *run, uint32_t number)
{
    struct text text;
    text_init(&text, run->arena, 16);
    text_printf(&text, "%u", number);
    return text_slice(&text);
}

// The batch annotation shows the held step, and "all" after everything was approved. So evenkeel's
// answer, sent again in the same request, is still the same approval.
static void release_write_marks(struct run *run, const struct slice *saved)
{
    struct release *release = run->release;
    struct place *labels = plan_member(&run->plan, run->facts.metadata_place, "labels");
    struct place *annotations = run->facts.annotations;
    if (release->hold > 0) {
        struct slice step = release_number(run, release->hold);
        release_put(run, annotations, ANNOTATION_BATCH, step);
        release_put(run, labels, LABEL_HELD, step);
        if (release->state.stable_count > 0)
            release_put(run, labels, LABEL_STABLE,
                        (struct slice){release->state.stable[0].data, TEMPLATE_HASH_SIZE});
    } else {
        release_drop(run, labels, LABEL_HELD);
        release_drop(run, labels, LABEL_STABLE);
        if (release->approved)
            release_put(run, annotations, ANNOTATION_BATCH, SLICE("all"));
        else
            release_drop(run, annotations, ANNOTATION_BATCH);
    }
    if (release->hold > 0 || release->state.stable_count > 0)
        release_put(run, annotations, ANNOTATION_RELEASE,
                    release_state_json(release, saved, run->arena));
    else
        release_drop(run, annotations, ANNOTATION_RELEASE);
}

// Nothing is held. What a request or an undo dropped of the stable templates is put back. A label
// that says otherwise is removed, as after a hold that was ended by hand.
static void release_write_memory(struct run *run)
{
    struct release *release = run->release;
    struct slice own = {release->hashes.own, TEMPLATE_HASH_SIZE};
    // Going back may change nothing else of evenkeel's. It is still one event.
    if (release->event == RELEASE_ROLLED_BACK) {
        release->state.back = own;
        release_write_marks(run, NULL);
        return;
    }
    if (!slice_equal(release->state.back, own))
        release->state.back = (struct slice){NULL, 0};
    struct place *labels = plan_member(&run->plan, run->facts.metadata_place, "labels");
    release_drop(run, labels, LABEL_HELD);
    release_drop(run, labels, LABEL_STABLE);
    release_put(run, run->facts.annotations, ANNOTATION_RELEASE,
                release_state_json(release, NULL, run->arena));
}

// A kubectl command as one warning. It is never cut: if it is too long, it has no namespace, or
// words instead of both.
static void release_warn_command(struct run *run, const char *label, const char *verb,
                                 const char *rest)
{
    const struct facts *facts = &run->facts;
    const struct slice spaces[] = {facts->namespace, {"", 0}, SLICE("NAMESPACE")};
    const struct slice names[] = {facts->name, facts->name, SLICE("NAME")};
    char line[1024];
    for (int i = 0; i < 3; i++) {
        int size = snprintf(line, sizeof(line), "%s: kubectl%s%.*s %s %s/%.*s%s", label,
                            spaces[i].size > 0 ? " -n " : "", (int)spaces[i].size, spaces[i].data,
                            verb, facts->kind->resource, (int)names[i].size, names[i].data, rest);
        if (size <= ADMIT_WARNING_SIZE_MAX)
            break;
    }
    run_warn(run, "%s", line);
}

static void release_warn_rollback(struct run *run)
{
    struct slice revision = run->release->state.revision;
    char rest[64] = "";
    // kubectl knows the history of built-in kinds only.
    if (!(run->facts.kind->flags & KIND_BUILT_IN)) {
        run_warn(run, "to roll back: apply the former version's manifest");
        return;
    }
    if (revision.size > 0)
        snprintf(rest, sizeof(rest), " --to-revision=%.*s", (int)revision.size, revision.data);
    release_warn_command(run, "to roll back", "rollout undo", rest);
}

static void release_warn_held(struct run *run)
{
    const struct release *release = run->release;
    const struct steps *steps = &release->state.steps;
    struct slice name = run->facts.name;
    char rest[64];
    uint32_t next = steps_next(steps, release->hold, release->replicas);
    run_warn(run, "evenkeel holds %.*s: step %u of %u, %lld of %lld pods",
             (int)(name.size <= 63 ? name.size : 63), name.data, release->hold, steps->count,
             (long long)release_pods(run, steps, release->hold, release->from),
             (long long)release->replicas);
    // The last step has a number too, because "all" does not check the held pods.
    snprintf(rest, sizeof(rest), " %s=%u --overwrite", ANNOTATION_BATCH,
             next > 0 ? next : steps->count);
    release_warn_command(run, "to go on", "annotate", rest);
    release_warn_rollback(run);
}

// A held step has more pods than it should if the object was scaled. A status of an earlier spec is
// about another version.
static void release_warn_scaled(struct run *run, const struct review *review)
{
    const struct release *release = run->release;
    struct value old = review->old_object, status = value_get(old, "status");
    int64_t updated = 0, seen = 0, generation = 0, old_replicas = release->replicas;
    int64_t pods = release_pods(run, &release->state.steps, release->hold, release->from);
    value_integer(value_get(status, "updatedReplicas"), &updated);
    value_integer(value_get(status, "observedGeneration"), &seen);
    value_integer(value_get(value_get(old, "metadata"), "generation"), &generation);
    if (seen >= generation && updated > pods && release->event != RELEASE_STARTED)
        run_warn(run, "scaling gave the held version %lld pods, more than the %lld of step %u",
                 (long long)updated, (long long)pods, release->hold);
    value_integer(value_get(value_get(old, "spec"), "replicas"), &old_replicas);
    if (run->facts.kind->partition_path != NULL && release->replicas > old_replicas)
        run_warn(run, "pods that are added while a release is held run the held version");
}

// "all" goes on whatever the held pods do. The user may insist, but gets a warning.
static void release_warn_unready(struct run *run)
{
    const struct release *release = run->release;
    if (release->unready > 0)
        run_warn(run, "held pods that are not ready: %lld; " ANNOTATION_BATCH "=all goes on anyway",
                 (long long)release->unready);
    else if (release->unready < 0)
        run_warn(run, "it is not known yet whether the held pods are ready: " ANNOTATION_BATCH
                      "=all goes on anyway");
}

static void release_warn(struct run *run, const struct review *review)
{
    const struct release *release = run->release;
    release_warn_unready(run);
    if (release->event == RELEASE_REFUSED)
        run_warn(run, "evenkeel refused the approval: %s", reason_doc(release->finding.reason));
    if (release->finding.reason == REASON_HOLD_RESTORED)
        run_warn(run, "evenkeel put back the values that a hold had replaced in this object");
    if (release->hold > 0 && release->event != RELEASE_NONE)
        release_warn_held(run);
    if (release->hold > 0)
        release_warn_scaled(run, review);
}

void release_write(struct run *run, const struct review *review)
{
    struct release *release = run->release;
    struct slice saved[HELD_FIELDS_MAX] = {{NULL, 0}};
    if (run->plan.failed || (!release->concerned && release->hold == 0)) {
        if (release->remembers && !run->plan.failed)
            release_write_memory(run);
        return;
    }
    release_write_fields(run, saved);
    release_note_saved(release, saved);
    release_write_marks(run, saved);
    release_warn(run, review);
}
