// Lays a hold over what the rules planned, or takes it off, and tells people in words.
#include <stdio.h>

#include "core/annotations.h"
#include "core/arena.h"
#include "core/release_state.h"
#include "core/run.h"

// What the field would hold without a release: what the rules planned, else what stands in for it.
static struct slice release_without(const struct held_field *field)
{
    struct slice after = run_value_after(field->place);
    bool missing = after.data == NULL || slice_is(after, "null");
    return missing ? slice_of(field->api_default) : after;
}

// The place shows again what stands in the request, and what is to be written there.
static void release_settle(struct run *run, struct held_field *field, struct slice json)
{
    if (field->place->action != ACTION_NONE)
        run->plan.edits--;
    field->place->action = ACTION_NONE;
    field->place->now = field->actual;
    bool absent_default = !value_exists(field->actual) && slice_is(json, field->api_default);
    if (!absent_default && !slice_equal(value_raw(field->actual), json))
        plan_set(&run->plan, field->place, json);
}

static void release_write_fields(struct run *run, struct slice *saved)
{
    struct release *release = &run->release;
    for (uint32_t i = 0; i < release->field_count; i++) {
        struct held_field *field = &release->fields[i];
        saved[i] = release_without(field);
        release_settle(run, field,
                       release->hold > 0 ? release_hold_json(run, i, release->hold) : saved[i]);
    }
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

// The batch annotation shows the held step, and "all" once everything was approved: so our answer,
// sent to us again in the same request, is still the same approval.
static void release_write_marks(struct run *run, const struct slice *saved)
{
    struct release *release = &run->release;
    struct place *labels = plan_member(&run->plan, run->facts.metadata_place, "labels");
    struct place *annotations = run->facts.annotations;
    if (release->hold > 0) {
        struct slice step = release_number(run, release->hold);
        release_put(run, annotations, ANNOTATION_BATCH, step);
        release_put(run, labels, LABEL_HELD, step);
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

// A kubectl command as one warning; without the namespace where it would be cut otherwise.
static void release_warn_command(struct run *run, const char *label, const char *verb,
                                 const char *rest)
{
    const struct facts *facts = &run->facts;
    char line[512];
    for (int with_namespace = 1; with_namespace >= 0; with_namespace--) {
        int size =
            snprintf(line, sizeof(line), "%s: kubectl%s%.*s %s %s/%.*s%s", label,
                     with_namespace ? " -n " : "", with_namespace ? (int)facts->namespace.size : 0,
                     with_namespace ? facts->namespace.data : "", verb, facts->kind->resource,
                     (int)facts->name.size, facts->name.data, rest);
        if (size <= ADMIT_WARNING_SIZE_MAX)
            break;
    }
    run_warn(run, "%s", line);
}

static void release_warn_held(struct run *run)
{
    const struct release *release = &run->release;
    const struct release_state *state = &release->state;
    char rest[96];
    int64_t pods = steps_pods(&state->steps, release->hold, release->replicas);
    uint32_t next = steps_next(&state->steps, release->hold, release->replicas);
    bool last =
        next == 0 || steps_pods(&state->steps, next, release->replicas) >= release->replicas;
    run_warn(run, "evenkeel holds %.*s: step %u of %u, %lld of %lld pods",
             (int)run->facts.name.size, run->facts.name.data, release->hold, state->steps.count,
             (long long)pods, (long long)release->replicas);
    if (last)
        snprintf(rest, sizeof(rest), " %s=all --overwrite", ANNOTATION_BATCH);
    else
        snprintf(rest, sizeof(rest), " %s=%u --overwrite", ANNOTATION_BATCH, next);
    release_warn_command(run, "to go on", "annotate", rest);
    rest[0] = '\0';
    if (state->revision.size > 0 && state->revision.size < 20)
        snprintf(rest, sizeof(rest), " --to-revision=%.*s", (int)state->revision.size,
                 state->revision.data);
    release_warn_command(run, "to roll back", "rollout undo", rest);
}

static void release_warn(struct run *run, const struct review *review)
{
    const struct release *release = &run->release;
    int64_t updated = 0, old_replicas = release->replicas;
    struct value old_spec = value_get(review->old_object, "spec");
    if (release->event == RELEASE_REFUSED)
        run_warn(run, "evenkeel refused the approval: %s", reason_doc(release->finding.reason));
    if (release->finding.reason == REASON_HOLD_RESTORED)
        run_warn(run, "evenkeel put back the values that a hold had replaced in this object");
    if (release->hold > 0 && (release->event != RELEASE_NONE))
        release_warn_held(run);
    value_integer(value_get(value_get(review->old_object, "status"), "updatedReplicas"), &updated);
    if (release->hold > 0 && release->event == RELEASE_NONE &&
        updated > steps_pods(&release->state.steps, release->hold, release->replicas))
        run_warn(run, "scaling gave the held version %lld pods, more than step %u has",
                 (long long)updated, release->hold);
    value_integer(value_get(old_spec, "replicas"), &old_replicas);
    if (release->hold > 0 && run->facts.kind->partition_path != NULL &&
        release->replicas > old_replicas)
        run_warn(run, "pods added while a release is held run the held version");
}

void release_write(struct run *run, const struct review *review)
{
    struct release *release = &run->release;
    struct slice saved[HELD_FIELDS_MAX];
    if (run->plan.failed || (!release->concerned && release->hold == 0)) {
        if (release->event == RELEASE_ROLLED_BACK && !run->plan.failed)
            release_write_marks(run, NULL);
        return;
    }
    release_write_fields(run, saved);
    release_write_marks(run, saved);
    release_warn(run, review);
}
