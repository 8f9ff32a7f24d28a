// Looks at each recorded value that is still there. It writes nothing new, except the API's
// defaults.
#include "run/untangle.h"

#include "object/handlers.h"

static bool untangle_is_cared_for(const struct run *run, struct slice path)
{
    uint32_t enforced = 0;
    for (uint32_t i = 0; i < run->rules->count; i++)
        if (run->settings[i] != NULL && run->settings[i]->mode == MODE_ENFORCE)
            enforced |= 1u << i;
    return run->policy->mode == MODE_ENFORCE && run_rule_is_among(run, path, enforced);
}

static int64_t untangle_number(struct place *place, int64_t fallback)
{
    int64_t number = fallback;
    slice_integer(run_value_after(place), 0, INT32_MAX, &number);
    return number;
}

static bool untangle_sleeps_too_long(struct run *run, struct value entry)
{
    struct place *grace =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");
    int64_t seconds = 0;
    value_integer(value_get(value_get(entry, "sleep"), "seconds"), &seconds);
    return seconds > untangle_number(grace, API_GRACE_DEFAULT);
}

static bool untangle_is_zero(struct run *run, const char *key)
{
    struct slice json = run_value_after(plan_member(&run->plan, run->facts.surge_place, key));
    return slice_is(json, "0") || slice_is(json, "\"0%\"");
}

static bool untangle_is_zero_zero(struct run *run)
{
    return run->facts.surge_place != NULL && untangle_is_zero(run, "maxSurge") &&
           untangle_is_zero(run, "maxUnavailable");
}

// A DaemonSet takes only one of the two.
static bool untangle_is_both(struct run *run)
{
    return run->facts.surge_place != NULL && run->facts.kind->flags & KIND_SURGE_EXCLUSIVE &&
           run_value_after(plan_member(&run->plan, run->facts.surge_place, "maxSurge")).size > 0 &&
           run_value_after(plan_member(&run->plan, run->facts.surge_place, "maxUnavailable")).size >
               0 &&
           !untangle_is_zero(run, "maxSurge") && !untangle_is_zero(run, "maxUnavailable");
}

static bool untangle_is_late(struct run *run)
{
    struct place *ready = plan_member(&run->plan, run->facts.spec_place, "minReadySeconds");
    struct place *deadline =
        plan_member(&run->plan, run->facts.spec_place, "progressDeadlineSeconds");
    return run->facts.kind->flags & KIND_PROGRESS_DEADLINE &&
           untangle_number(ready, 0) >= untangle_number(deadline, API_DEADLINE_DEFAULT);
}

static bool untangle_declares(struct value container, struct value wanted)
{
    struct value ports = value_get(container, "ports");
    const char *key = value_type(wanted) == TAPE_STRING ? "name" : "containerPort";
    for (struct value port = value_first(ports); port.node; port = value_next(port))
        if (value_equal(value_get(port, key), wanted))
            return true;
    return false;
}

// Whether the request removed the port that the probe asks: its container declared it before, and
// no longer does. (A probe that was copied from the user's own may ask a port that was never
// declared.)
static bool untangle_lost_port(struct run *run, const struct place *probe, struct slice path,
                               struct value entry)
{
    struct value wanted = handlers_port(entry);
    const struct place *was = plan_locate(&run->before.plan, path);
    return value_exists(wanted) && was != NULL && untangle_declares(was->parent->now, wanted) &&
           !untangle_declares(probe->parent->now, wanted);
}

static bool untangle_stands_in_the_way(struct run *run, struct place *place, struct slice path,
                                       struct value entry)
{
    if (slice_is(place->key, "preStop"))
        return untangle_sleeps_too_long(run, entry);
    if (slice_is(place->key, "maxSurge") || slice_is(place->key, "maxUnavailable"))
        return untangle_is_zero_zero(run) || untangle_is_both(run);
    if (slice_is(place->key, "minReadySeconds") || slice_is(place->key, "progressDeadlineSeconds"))
        return untangle_is_late(run);
    return slice_glob(place->key, SLICE("*Probe")) && untangle_lost_port(run, place, path, entry);
}

// Whether the user has their own probe or hook where evenkeel wrote one: another handler beside
// ours, which the API refuses, or the same one, declared. Evenkeel's timings stand in it too.
static bool untangle_is_users_own(struct run *run, struct place *place, struct slice path,
                                  enum intent intent)
{
    bool hook = slice_is(place->key, "preStop") || slice_glob(place->key, SLICE("*Probe"));
    return hook && value_exists(place->now) &&
           (evidence_merged_handler(&run->evidence, place, path).size > 0 ||
            (intent != INTENT_OURS && run_declares_handler(run, place)));
}

static void untangle_one(struct run *run, struct place *place, struct slice path,
                         struct value entry)
{
    if (untangle_is_cared_for(run, path))
        return;
    enum intent intent = evidence_intent(&run->evidence, place, path, NULL);
    if (untangle_is_users_own(run, place, path, intent)) {
        run_shed_handler(run, place);
        run->untangled = true;
    } else if (intent == INTENT_OURS && record_get(&run->record, path).data != NULL &&
               untangle_stands_in_the_way(run, place, path, entry)) {
        run_take_out(run, place);
        record_drop(&run->record, path);
    }
}

// The request's record has entries that run->record leaves out, because the user changed a member
// of what evenkeel wrote.
void untangle(struct run *run)
{
    struct value record = evidence_record(&run->evidence);
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        struct place *place = record_may_name(path) ? plan_locate(&run->plan, path) : NULL;
        if (place != NULL && place->action == ACTION_NONE &&
            !(run->template_locked && place->in_template))
            untangle_one(run, place, path, entry);
    }
}
