// Reads and writes what of a release stands in an object. It decides nothing.
#include "core/release_state.h"

#include "core/annotations.h"
#include "core/arena.h"
#include "core/run.h"

enum { RELEASE_JSON_MAX = 16 * 1024 };

static struct value release_labels(struct value object)
{
    return value_get(value_get(object, "metadata"), "labels");
}

bool release_is_held(struct value object, const struct kind *kind)
{
    if (kind->flags & KIND_HOLD)
        return slice_is(value_raw(value_get(value_get(object, "spec"), "minReadySeconds")),
                        HELD_MIN_READY);
    return kind->partition_path != NULL &&
           value_exists(value_get(release_labels(object), LABEL_HELD));
}

void release_state_read(struct release_state *state, struct value object, struct tape *tape,
                        struct arena *arena)
{
    *state = (struct release_state){0};
    struct value annotations = value_get(value_get(object, "metadata"), "annotations");
    struct slice json = value_string(value_get(annotations, ANNOTATION_RELEASE), arena);
    int64_t step = 0;
    tape->count = 0;
    if (json.data == NULL || tape_parse(tape, json, TAPE_FULL, NULL) < 0)
        return;
    struct value root = value_root(tape);
    if (steps_parse_text(&state->steps, value_string(value_get(root, "steps"), arena), NULL) < 0)
        state->steps.count = 0;
    if (value_integer(value_get(root, "step"), &step) && step > 0 && step <= state->steps.count)
        state->step = (uint32_t)step;
    state->saved = value_get(root, "saved");
    state->template = value_string(value_get(root, "template"), arena);
    state->revision = value_string(value_get(root, "revision"), arena);
    struct value stable = value_get(root, "stable");
    for (struct value item = value_first(stable); item.node && state->stable_count < STABLE_MAX;
         item = value_next(item)) {
        struct slice hashes = value_string(item, arena);
        if (hashes.size == 2 * TEMPLATE_HASH_SIZE + 1)
            state->stable[state->stable_count++] = hashes;
    }
}

struct slice release_state_json(const struct release *release, const struct slice *saved,
                                struct arena *arena)
{
    const struct release_state *state = &release->state;
    struct text text;
    text_init(&text, arena, RELEASE_JSON_MAX);
    text_putc(&text, '{');
    if (release->hold > 0) {
        text_puts(&text, "\"steps\":\"");
        steps_write(&text, &state->steps);
        text_printf(&text, "\",\"step\":%u,\"template\":", release->hold);
        text_json_string(&text, state->template);
        text_puts(&text, ",\"revision\":");
        text_json_string(&text, state->revision);
        text_puts(&text, ",\"saved\":{");
        for (uint32_t i = 0; i < release->field_count; i++) {
            text_printf(&text, "%s\"%s\":", i ? "," : "", release->fields[i].name);
            text_add(&text, saved[i]);
        }
        text_puts(&text, "},");
    }
    text_puts(&text, "\"stable\":[");
    for (uint32_t i = 0; i < state->stable_count; i++) {
        text_puts(&text, i ? "," : "");
        text_json_string(&text, state->stable[i]);
    }
    text_puts(&text, "]}");
    return text_slice(&text);
}

static void release_add_field(struct release *release, struct place *place, const char *name,
                              const char *api_default)
{
    if (place == NULL)
        return;
    release->fields[release->field_count++] = (struct held_field){
        .place = place, .actual = place->now, .name = name, .api_default = api_default};
}

// A Deployment that recreates its pods has no surge pair; the API refuses one.
void release_fields(struct run *run)
{
    struct release *release = &run->release;
    const struct facts *facts = &run->facts;
    struct plan *plan = &run->plan;
    if (facts->kind->partition_path != NULL) {
        release_add_field(release, plan_path(plan, facts->spec_place, facts->kind->partition_path),
                          "partition", "0");
        return;
    }
    release_add_field(release, plan_member(plan, facts->spec_place, "minReadySeconds"),
                      "minReadySeconds", "0");
    release_add_field(release, plan_member(plan, facts->spec_place, "progressDeadlineSeconds"),
                      "progressDeadlineSeconds", "600");
    if (slice_is(facts->strategy_type, "Recreate"))
        return;
    release_add_field(release, plan_member(plan, facts->surge_place, "maxSurge"), "maxSurge",
                      facts->kind->max_surge_default);
    release_add_field(release, plan_member(plan, facts->surge_place, "maxUnavailable"),
                      "maxUnavailable", facts->kind->max_unavailable_default);
}

static struct slice release_percent(struct run *run, int64_t percent)
{
    struct text text;
    text_init(&text, run->arena, 32);
    text_printf(&text, "\"%lld%%\"", (long long)percent);
    return text_slice(&text);
}

static struct slice release_partition_json(struct run *run, int64_t kept)
{
    struct text text;
    int64_t replicas = run->release.replicas;
    if (run->facts.kind->partition_percent)
        return release_percent(run, replicas > 0 ? 100 * kept / replicas : 0);
    text_init(&text, run->arena, 32);
    text_printf(&text, "%lld", (long long)kept);
    return text_slice(&text);
}

// Shares, so that scaling a held release can never remove every old pod. maxSurge rounds up again
// in the controller and maxUnavailable down: both come out exact up to 100 pods.
struct slice release_hold_json(const struct run *run, uint32_t index, uint32_t step)
{
    struct run *writable = (struct run *)run;
    const struct release *release = &run->release;
    int64_t replicas = release->replicas;
    int64_t pods = steps_pods(&release->state.steps, step, replicas);
    int64_t before = steps_pods_before(&release->state.steps, step, replicas);
    const char *name = release->fields[index].name;
    if (strcmp(name, "partition") == 0)
        return release_partition_json(writable, replicas - pods);
    if (strcmp(name, "minReadySeconds") == 0)
        return SLICE(HELD_MIN_READY);
    if (strcmp(name, "progressDeadlineSeconds") == 0)
        return SLICE(HELD_DEADLINE);
    if (strcmp(name, "maxUnavailable") == 0)
        return release_percent(writable,
                               replicas > 0 ? (100 * before + replicas - 1) / replicas : 0);
    int64_t percent = replicas > 0 ? 100 * (pods - before) / replicas : 0;
    return release_percent(writable, percent > 0 ? percent : 1);
}

bool release_is_stable(const struct release *release, struct value labels,
                       const struct template_hashes *hashes)
{
    for (uint32_t i = 0; i < release->state.stable_count; i++)
        if (memcmp(release->state.stable[i].data, hashes->own, TEMPLATE_HASH_SIZE) == 0)
            return true;
    return release_is_stable_exactly(release, hashes) ||
           (release->was_held && value_is(value_get(labels, LABEL_STABLE), hashes->own));
}

bool release_is_stable_exactly(const struct release *release, const struct template_hashes *hashes)
{
    for (uint32_t i = 0; i < release->state.stable_count; i++)
        if (memcmp(release->state.stable[i].data + TEMPLATE_HASH_SIZE + 1, hashes->exact,
                   TEMPLATE_HASH_SIZE) == 0)
            return true;
    return false;
}
