// Decides by the strategy, the number of pods and the volumes. The object does not show that an
// application locks a volume. It counts as likely if only one instance was ever asked for.
#include "run/instance.h"

#include "object/annotations.h"
#include "object/template_hash.h"
#include "run/sidecar.h"
#include "run/surge.h"
#include "run/volumes.h"
#include "run/worker.h"

enum { REPLICAS_DEFAULT = 1 };

int64_t instance_replicas(const struct run *run)
{
    int64_t replicas = REPLICAS_DEFAULT;

    value_integer(value_get(run->facts.spec, "replicas"), &replicas);
    return replicas < 0 ? 0 : replicas > INT32_MAX ? INT32_MAX : replicas;
}

// The value that one half of the surge pair will have: the user's, else what the policy wants, else
// the API's default. A share of an unknown form counts as one pod.
static struct int_or_percent instance_half(struct run *run, const char *key,
                                           const char *api_default, bool wished,
                                           struct int_or_percent wish)
{
    struct place *place = plan_member(&run->plan, run->facts.surge_place, key);
    struct int_or_percent share = {1, false};

    if (place != NULL && run_is_chosen(run, place, api_default)) {
        if (value_exists(place->now))
            surge_read(value_raw(place->now), &share);
        else if (api_default != NULL)
            surge_read(slice_of(api_default), &share);
        return share;
    }
    if (wished)
        return wish;
    if (api_default != NULL)
        surge_read(slice_of(api_default), &share);
    return share;
}

// The pair that the object will have. If the policy demands that no pod is ever missing, a volume
// that may be locked stops its pair from being written.
static void instance_read_pair(struct run *run, const struct wishes *wishes, bool locked,
                               struct int_or_percent *surge, struct int_or_percent *unavailable)
{
    const struct kind *kind = run->facts.kind;
    bool wished = wishes->pair;

    if (locked && surge_rounded_down(wishes->max_unavailable, instance_replicas(run)) == 0)
        wished = false;
    *surge = instance_half(run, "maxSurge", kind->max_surge_default, wished, wishes->max_surge);
    *unavailable = instance_half(run, "maxUnavailable", kind->max_unavailable_default, wished,
                                 wishes->max_unavailable);
}

// Whether all pods of an earlier request have started with what it wrote, by the old object's
// status.
static bool instance_came_up(struct value old)
{
    struct value status = value_get(old, "status");
    struct value conditions = value_get(status, "conditions");
    int64_t generation = 0, observed = 0, ready = 0;

    value_integer(value_get(value_get(old, "metadata"), "generation"), &generation);
    value_integer(value_get(status, "observedGeneration"), &observed);
    value_integer(value_get(status, "readyReplicas"), &ready);
    if (observed < generation || ready == 0)
        return false;
    for (struct value item = value_first(conditions); item.node; item = value_next(item))
        if (value_is(value_get(item, "type"), "Progressing"))
            return value_is(value_get(item, "reason"), "NewReplicaSetAvailable");
    return value_equal(value_get(status, "updatedReplicas"), value_get(status, "replicas"));
}

static bool instance_same_volumes(const struct run *run)
{
    struct value template = value_get(value_get(run->old_object, "spec"), "template");
    struct value old = value_get(value_get(template, "spec"), "volumes");
    struct value now = value_get(run->facts.pod_spec, "volumes");

    return slice_equal(value_raw(old), value_raw(now)) || value_equal(old, now);
}

static bool instance_is_locked(const struct run *run, bool one, struct slice *volume)
{
    *volume = volumes_locked(run, VOLUME_HOLDS_NODE);
    if (volume->size == 0 && one && !(run->facts.kind->flags & KIND_SURGE_EXCLUSIVE))
        *volume = volumes_locked(run, VOLUME_HOLDS_ALL);
    return volume->size > 0;
}

static enum reason instance_strategy(const struct run *run, bool one)
{
    if (slice_is(run->facts.strategy_type, "Recreate"))
        return REASON_RECREATE;
    if (slice_is(run->facts.strategy_type, "OnDelete"))
        return REASON_ON_DELETE;
    bool surges = run->facts.kind->flags & (KIND_SURGE | KIND_SURGE_EXCLUSIVE);
    if (one && !surges)
        return REASON_NO_SURGE;
    return REASON_NONE;
}

// Whether the pod takes work by itself. If it is the only one, a sleep would let the old and the
// new pod work at the same time. Who set a grace period hears of that instead (run/stop_time.h).
static bool instance_works(struct run *run, const struct wishes *wishes)
{
    struct place *grace =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");

    return grace != NULL && !run_is_chosen(run, grace, "30") &&
           worker_runs(run, wishes->port_words);
}

static bool instance_same_template(struct run *run)
{
    char now[TEMPLATE_HASH_SIZE + 1], before[TEMPLATE_HASH_SIZE + 1];
    const struct value records[] = {evidence_record(&run->evidence),
                                    evidence_record(&run->before.evidence)};

    return template_hash_without(now, run->facts.object, records, 2, run->arena) == 0 &&
           template_hash_without(before, run->old_object, records + 1, 1, run->arena) == 0 &&
           strcmp(now, before) == 0;
}

// Whether evenkeel wrote the member `key` of the spec, or something in it.
static bool instance_has_ours(struct run *run, struct slice key)
{
    const size_t before = strlen("spec.");
    struct value record = evidence_record(&run->evidence);

    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        size_t end = before + key.size;
        if (path.size >= end && slice_starts_with(path, "spec.") &&
            memcmp(path.data + before, key.data, key.size) == 0 &&
            (path.size == end || path.data[end] == '.'))
            return true;
    }
    return false;
}

// Whether a member of the spec differs only by evenkeel's own values: its answer to the same
// request, decided again, must find the same.
static bool instance_differs_by_ours(struct run *run, struct slice key)
{
    return run->before.known &&
           (slice_is(key, "template") ? instance_same_template(run) : instance_has_ours(run, key));
}

// Whether the request changed spec.replicas and nothing else of the spec.
static bool instance_only_scaled(struct run *run)
{
    struct value old = value_get(run->old_object, "spec");

    if (!value_exists(old) ||
        value_equal(value_get(old, "replicas"), value_get(run->facts.spec, "replicas")))
        return false;
    for (struct value item = value_first(run->facts.spec); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), run->arena);
        struct value was = value_get_slice(old, key);
        if (slice_is(key, "replicas") || (run->template_locked && slice_is(key, "template")))
            continue;
        if (!slice_equal(value_raw(item), value_raw(was)) && !value_equal(item, was) &&
            !instance_differs_by_ours(run, key))
            return false;
    }
    return true;
}

void instance_read(struct instance *instance, struct run *run, const struct wishes *wishes)
{
    const struct facts *facts = &run->facts;
    bool daemon = facts->kind->flags & KIND_SURGE_EXCLUSIVE;
    bool only_scaled = instance_only_scaled(run);
    bool one = !daemon && (instance_replicas(run) <= 1 || only_scaled);
    struct int_or_percent surge = {1, false}, unavailable = {0, false};

    *instance =
        (struct instance){.unhooked = instance_strategy(run, one), .only_scaled = only_scaled};
    if (instance->unhooked != REASON_NONE ||
        !(facts->kind->flags & (KIND_SURGE | KIND_SURGE_EXCLUSIVE)))
        return;
    bool locked = instance_is_locked(run, one, &instance->volume);
    if (facts->surge_place != NULL)
        instance_read_pair(run, wishes, locked, &surge, &unavailable);
    bool waits =
        surge.value > 0 && (daemon || surge_rounded_down(unavailable, instance_replicas(run)) == 0);
    if (locked && waits)
        instance->unprobed = instance->unhooked = REASON_EXCLUSIVE;
    else if (one && surge.value == 0)
        instance->unhooked = REASON_NO_SURGE;
    else if (locked && one)
        instance->unhooked = REASON_EXCLUSIVE;
    if (instance->unhooked == REASON_NONE && wishes->pre_stop && sidecar_closes_first(run))
        instance->unhooked = REASON_MESH;
    if (instance->unhooked == REASON_NONE && wishes->pre_stop && one && instance_works(run, wishes))
        instance->unhooked = REASON_WORKER;
    if (instance->unhooked == REASON_EXCLUSIVE && instance_same_volumes(run))
        instance->came_up = instance_came_up(run->old_object);
}

// Whether the value at the place was written earlier and must stay. The old bookkeeping names it,
// by its bytes: no path in it needs an escape.
static bool instance_stands(const struct instance *instance, struct run *run, struct place *place)
{
    struct value annotations = value_get(value_get(run->old_object, "metadata"), "annotations");
    bool kept = instance->only_scaled || instance->came_up;
    struct slice path = plan_path_text(&run->plan, place);
    struct slice record = value_raw(value_get(annotations, ANNOTATION_INJECTED));

    return kept && path.size > 0 && record.size > 0 &&
           memmem(record.data, record.size, path.data, path.size) != NULL;
}

enum reason instance_unprobed(const struct instance *instance, struct run *run, struct place *place)
{
    if (instance->unprobed == REASON_NONE || instance_stands(instance, run, place))
        return REASON_NONE;
    return instance->unprobed;
}

enum reason instance_unhooked(const struct instance *instance, struct run *run, struct place *place)
{
    if (instance->unhooked == REASON_NONE || instance_stands(instance, run, place))
        return REASON_NONE;
    return instance->unhooked;
}

void instance_tell(struct run *run)
{
    struct slice volume = run->budget.instance.volume;
    bool deployment = slice_is(slice_of(run->facts.kind->name), "Deployment");

    const struct instance *instance = &run->budget.instance;

    // If the user's own strategy stops the old pod first, they know.
    if (run->told_exclusive || run->template_locked || instance->only_scaled ||
        instance->unprobed == REASON_NONE)
        return;
    run->told_exclusive = true;
    run_warn(run,
             "volume \"%.*s\" may be locked by the old pod: no readiness probe, no sleep; use %s",
             volume.size < 24 ? (int)volume.size : 24, volume.data,
             deployment ? "strategy type Recreate" : "maxSurge 0");
}
