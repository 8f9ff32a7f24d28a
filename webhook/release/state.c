// Reads and writes the parts of a release that are stored in an object. It decides nothing.
#include "release/state.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "run/run.h"

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

// Saved values are put back into the object. So a value that the API would refuse there counts as
// lost, and a hold's own value is not one to go back to.
bool release_may_be_saved(struct value value)
{
    struct slice name = value_raw(value_key(value));
    struct slice raw = value_raw(value);
    int64_t number;
    if (slice_is(name, "\"minReadySeconds\"") || slice_is(name, "\"progressDeadlineSeconds\""))
        return slice_integer(raw, 0, INT32_MAX, &number) && !slice_is(raw, HELD_MIN_READY);
    int64_t most = slice_is(name, "\"maxUnavailable\"") ? 100 : INT32_MAX;
    if (value_type(value) != TAPE_STRING)
        return slice_integer(raw, 0, INT32_MAX, &number);
    return raw.size > 3 && raw.data[raw.size - 2] == '%' &&
           slice_integer((struct slice){raw.data + 1, raw.size - 3}, 0, most, &number);
}

bool release_is_refused(const struct held_field *field)
{
    return value_exists(field->actual) && value_type(field->actual) != TAPE_NULL &&
           !slice_is(value_raw(field->actual), HELD_MIN_READY) &&
           !release_may_be_saved(field->actual);
}

static struct value release_read_saved(struct value saved)
{
    int64_t ready = 0, deadline = INT64_MAX;
    for (struct value item = value_first(saved); item.node; item = value_next(item))
        if (!release_may_be_saved(item))
            return (struct value){NULL, 0};
    value_integer(value_get(saved, "minReadySeconds"), &ready);
    value_integer(value_get(saved, "progressDeadlineSeconds"), &deadline);
    bool stuck = release_is_zero(value_raw(value_get(saved, "maxSurge"))) &&
                 release_is_zero(value_raw(value_get(saved, "maxUnavailable")));
    return stuck || deadline <= ready ? (struct value){NULL, 0} : saved;
}

static bool release_is_hash(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!(text.data[i] >= '0' && text.data[i] <= '9') &&
            !(text.data[i] >= 'a' && text.data[i] <= 'f'))
            return false;
    return text.size == TEMPLATE_HASH_SIZE;
}

static void release_read_stable(struct release_state *state, struct value list, struct arena *arena)
{
    for (struct value item = value_first(list); item.node && state->stable_count < STABLE_MAX;
         item = value_next(item)) {
        struct slice both = value_string(item, arena);
        bool fits =
            both.size == 2 * TEMPLATE_HASH_SIZE + 1 &&
            release_is_hash((struct slice){both.data, TEMPLATE_HASH_SIZE}) &&
            release_is_hash((struct slice){both.data + TEMPLATE_HASH_SIZE + 1, TEMPLATE_HASH_SIZE});
        if (fits)
            state->stable[state->stable_count++] = both;
    }
}

// Users' names have no limit in the API, but they have one here. A cut name stays valid UTF-8.
struct slice release_short(struct slice name)
{
    if (name.size <= RELEASE_APPROVER_MAX)
        return name;
    name.size = RELEASE_APPROVER_MAX;
    while (name.size > 0 && (name.data[name.size] & 0xc0) == 0x80)
        name.size--;
    return name;
}

void release_state_read(struct release_state *state, struct value object, struct tape *tape,
                        struct arena *arena)
{
    *state = (struct release_state){0};
    struct value annotations = value_get(value_get(object, "metadata"), "annotations");
    struct slice json = value_string(value_get(annotations, ANNOTATION_RELEASE), arena);
    int64_t step = 0, from = 0, revision;
    tape->count = 0;
    if (json.data == NULL || tape_parse(tape, json, TAPE_FULL, NULL) < 0)
        return;
    struct value root = value_root(tape);
    release_read_stable(state, value_get(root, "stable"), arena);
    struct slice back = value_string(value_get(root, "back"), arena);
    if (release_is_hash(back))
        state->back = back;
    struct slice template = value_string(value_get(root, "template"), arena);
    if (steps_parse_text(&state->steps, value_string(value_get(root, "steps"), arena), NULL) < 0 ||
        !value_integer(value_get(root, "step"), &step) || step < 1 || step > state->steps.count ||
        !release_is_hash(template))
        return;
    state->step = (uint32_t)step;
    if (value_integer(value_get(root, "from"), &from) && from > 0 && from < step)
        state->from = (uint32_t)from;
    state->template = template;
    state->saved = release_read_saved(value_get(root, "saved"));
    value_integer(value_get(root, "over"), &state->over);
    struct slice text = value_string(value_get(root, "revision"), arena);
    if (slice_integer(text, 1, INT64_MAX, &revision))
        state->revision = text;
    state->approver = release_short(value_string(value_get(root, "approver"), arena));
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
        text_printf(&text, "\",\"step\":%u", release->hold);
        if (release->from > 0)
            text_printf(&text, ",\"from\":%u", release->from);
        if (state->over > 0)
            text_printf(&text, ",\"over\":%lld", (long long)state->over);
        text_puts(&text, ",\"template\":");
        text_json_string(&text, state->template);
        text_puts(&text, ",\"revision\":");
        text_json_string(&text, state->revision);
        if (state->approver.size > 0) {
            text_puts(&text, ",\"approver\":");
            text_json_string(&text, state->approver);
        }
        text_puts(&text, ",\"saved\":{");
        for (uint32_t i = 0; i < release->field_count; i++) {
            text_printf(&text, "%s\"%s\":", i ? "," : "", release->fields[i].name);
            text_add(&text, saved[i]);
        }
        text_puts(&text, "},");
    } else if (state->back.size > 0) {
        text_puts(&text, "\"back\":");
        text_json_string(&text, state->back);
        text_putc(&text, ',');
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

// A Deployment that recreates its pods has no surge pair, and a StatefulSet that waits for their
// deletion no partition; the API refuses them.
void release_fields(struct run *run)
{
    struct release *release = run->release;
    const struct facts *facts = &run->facts;
    struct plan *plan = &run->plan;
    if (facts->kind->partition_path != NULL && slice_is(facts->strategy_type, "OnDelete"))
        return;
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

static int64_t release_kept_percent(int64_t kept, int64_t replicas)
{
    return kept > 0 && 100 * kept < replicas ? 1 : replicas > 0 ? 100 * kept / replicas : 0;
}

static struct slice release_partition_json(struct run *run, int64_t kept)
{
    struct text text;
    if (run->facts.kind->partition_percent)
        return release_percent(run, release_kept_percent(kept, run->release->replicas));
    text_init(&text, run->arena, 32);
    text_printf(&text, "%lld", (long long)kept);
    return text_slice(&text);
}

// The surge pair is always shares, so that scaling a held release can never remove every old pod.
struct slice release_hold_json(const struct run *run, uint32_t index, uint32_t step, uint32_t from)
{
    struct run *writable = (struct run *)run;
    const struct release *release = run->release;
    const struct steps *steps = &release->state.steps;
    int64_t replicas = release->replicas;
    const char *name = release->fields[index].name;
    if (strcmp(name, "partition") == 0)
        return release_partition_json(writable, replicas - steps_pods(steps, step, replicas));
    if (strcmp(name, "minReadySeconds") == 0)
        return SLICE(HELD_MIN_READY);
    if (strcmp(name, "progressDeadlineSeconds") == 0)
        return SLICE(HELD_DEADLINE);
    struct steps_hold hold = steps_hold(steps, step, from, replicas);
    return release_percent(writable, strcmp(name, "maxSurge") == 0 ? hold.surge : hold.unavailable);
}

int64_t release_pods(const struct run *run, const struct steps *steps, uint32_t step, uint32_t from)
{
    int64_t replicas = run->release->replicas;
    int64_t kept = replicas - steps_pods(steps, step, replicas);
    if (run->facts.kind->partition_path == NULL)
        return steps_hold(steps, step, from, replicas).pods;
    if (run->facts.kind->partition_percent) // the controller rounds a share of old pods up
        kept = (release_kept_percent(kept, replicas) * replicas + 99) / 100;
    return replicas - kept;
}

bool release_looks_held(const char *name, struct value value)
{
    if (strcmp(name, "minReadySeconds") == 0)
        return slice_is(value_raw(value), HELD_MIN_READY);
    if (strcmp(name, "progressDeadlineSeconds") == 0)
        return slice_is(value_raw(value), HELD_DEADLINE);
    return strcmp(name, "partition") == 0 || value_type(value) == TAPE_STRING;
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
