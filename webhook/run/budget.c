// Decides all times together. What the user decided is an input; what is ours gives way to it.
#include "run/budget.h"

#include "run/run.h"

enum { DEADLINE_MARGIN = 60 }; // for scheduling and pulling the image, before a probe can pass

static int64_t budget_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t budget_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t budget_seconds(struct value value, int64_t fallback)
{
    int64_t number = fallback;
    return value_integer(value, &number) && number >= 0 && number <= INT32_MAX ? number : fallback;
}

static int64_t budget_number(struct value object, const char *key, int64_t fallback)
{
    return budget_seconds(value_get(object, key), fallback);
}

// The N of `sleep N`, also as the whole script of a shell; 0 when the command is anything else.
static int64_t budget_command_seconds(struct value command, struct arena *arena)
{
    uint32_t count = value_count(command);
    struct slice last = value_string(value_item(command, count - 1), arena);
    struct slice program = value_string(value_item(command, 0), arena);
    int64_t seconds = 0;
    if (count == 3 && value_is(value_item(command, 1), "-c") && slice_starts_with(last, "sleep "))
        last = (struct slice){last.data + strlen("sleep "), last.size - strlen("sleep ")};
    else if (count != 2 || !slice_glob(program, SLICE("*sleep")))
        return 0;
    return slice_integer(last, 0, INT32_MAX, &seconds) ? seconds : 0;
}

// How long a hook that stands in the object takes, as far as it can be told; 0 when not. A handler
// of ours that merged with the user's own is on its way out.
static int64_t budget_hook_seconds(struct run *run, const struct place *hook)
{
    struct slice path = plan_path_text(&run->plan, hook);
    struct slice ours = evidence_merged_handler(&run->evidence, hook, path);
    struct value sleep = value_get(hook->now, "sleep");
    struct value exec = value_get(hook->now, "exec");
    if (value_exists(sleep) && !slice_is(ours, "sleep"))
        return budget_number(sleep, "seconds", 0);
    if (slice_is(ours, "exec"))
        return 0;
    return budget_command_seconds(value_get(exec, "command"), run->arena);
}

// Whether a value of ours is about to be taken out, because no rule looks after it any more.
static bool budget_goes(struct run *run, const struct place *place, bool looked_after)
{
    return !looked_after && run->policy->mode == MODE_ENFORCE &&
           !(run->template_locked && place->in_template) && run_is_ours(run, place);
}

// The seconds that will stand at a place unless a rule writes others.
static int64_t budget_stays(struct run *run, const struct place *place, bool looked_after,
                            int64_t api_default)
{
    if (place == NULL || budget_goes(run, place, looked_after))
        return api_default;
    return budget_seconds(place->now, api_default);
}

// The longest hook that will stay as it is, and whether any container takes one of ours.
static void budget_read_hooks(struct budget *budget, struct run *run, const struct wishes *wishes,
                              bool *takes_ours)
{
    *takes_ours = false;
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        const struct container *container = &run->facts.containers[i];
        struct place *hook = plan_path(&run->plan, container->place, "lifecycle.preStop");
        if (hook == NULL)
            return;
        if (wishes->pre_stop && !container->proxy && !run_users_choice(run, hook, NULL))
            *takes_ours = true;
        else if (value_exists(hook->now) && !budget_goes(run, hook, wishes->all->pre_stop))
            budget->longest_hook =
                (int32_t)budget_max(budget->longest_hook, budget_hook_seconds(run, hook));
    }
}

// The grace period that makes room for `hook`, where the period is ours to raise: raised, never
// lowered.
static int64_t budget_raise_grace(const struct wishes *wishes, int64_t hook)
{
    int64_t grace = budget_max(API_GRACE_DEFAULT, wishes->grace_seconds);
    if (hook > 0)
        grace = budget_max(grace, hook + wishes->grace_buffer);
    if (wishes->grace_maximum > 0)
        grace = budget_min(grace, budget_max(API_GRACE_DEFAULT, wishes->grace_maximum));
    return grace;
}

static void budget_decide_grace(struct budget *budget, struct run *run, const struct wishes *wishes)
{
    struct place *place =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");
    int64_t grace = budget_stays(run, place, wishes->all->grace, API_GRACE_DEFAULT);
    bool takes_ours, raisable = wishes->grace && !run_users_choice(run, place, "30");
    budget_read_hooks(budget, run, wishes, &takes_ours);
    int64_t ours = wishes->pre_stop && takes_ours ? wishes->pre_stop_seconds : 0;
    int64_t wished =
        raisable ? budget_raise_grace(wishes, budget_max(ours, budget->longest_hook)) : grace;
    if (!run->template_locked)
        grace = wished;
    budget->grace_wished = (int32_t)budget_min(wished, INT32_MAX);
    bool fits = raisable && ours + wishes->grace_buffer <= grace;
    budget->grace = (int32_t)budget_min(grace, INT32_MAX);
    budget->pre_stop_wished = (int32_t)ours;
    if (wishes->pre_stop_command)
        budget->pre_stop = ours <= grace ? (int32_t)ours : 0;
    else
        budget->pre_stop = (int32_t)(fits ? ours : budget_min(ours, grace / 2));
    budget->pre_stop_cut = !run->template_locked && budget->pre_stop < budget->pre_stop_wished;
    budget->longest_hook = (int32_t)budget_max(budget->longest_hook, budget->pre_stop);
}

static int64_t budget_probe_times(int64_t delay, int64_t period, int64_t failures)
{
    return delay + period * failures;
}

// A number in a probe that stands; `place` is the probe's where what of ours merged with it goes.
static int64_t budget_own(struct run *run, struct place *place, struct value probe, const char *key,
                          int64_t fallback)
{
    if (place != NULL && run_is_left_over(run, place, slice_of(key)))
        return fallback;
    return budget_number(probe, key, fallback);
}

// How long a container's probe of this name may take to pass: ours where one will be written, else
// the one that stands there.
static int64_t budget_probe(struct run *run, const struct container *container, const char *name,
                            const struct probe_times *ours, bool looked_after)
{
    struct place *place = plan_member(&run->plan, container->place, name);
    if (place == NULL) // memory is short
        return 0;
    if (ours->wanted && !run->template_locked && !run_users_choice(run, place, NULL) &&
        !run_is_extended(run, place))
        return ours->lasts(run, ours, container);
    struct value probe = value_get(container->at, name);
    // One that the request dropped, and that is put back as it was.
    if (place->action == ACTION_SET &&
        tape_parse(run->value_tape, place->json, TAPE_FULL, NULL) == 0)
        probe = value_root(run->value_tape);
    if (!value_exists(probe) || budget_goes(run, place, looked_after))
        return 0;
    bool sheds = looked_after && run->policy->mode == MODE_ENFORCE && !run->template_locked;
    return budget_probe_times(
        budget_own(run, sheds ? place : NULL, probe, "initialDelaySeconds", 0),
        budget_own(run, sheds ? place : NULL, probe, "periodSeconds", 10),
        budget_own(run, sheds ? place : NULL, probe, "failureThreshold", 3));
}

// The initial delay with which a probe of ours fails its last time before `deadline`; -1: it does
// not fit.
static int32_t budget_probe_delay(const struct probe_times *probe, int64_t deadline)
{
    if (deadline == 0)
        return probe->initial_delay;
    int64_t room = deadline - 1 - budget_probe_times(0, probe->period, probe->failure_threshold);
    return room < 0 ? -1 : (int32_t)budget_min(room, probe->initial_delay);
}

static int64_t budget_slowest_start(struct run *run, const struct wishes *wishes)
{
    int64_t slowest = 0;
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        const struct container *container = &run->facts.containers[i];
        int64_t startup = budget_probe(run, container, "startupProbe", &wishes->startup,
                                       wishes->all->startup.wanted);
        int64_t readiness = budget_probe(run, container, "readinessProbe", &wishes->readiness,
                                         wishes->all->readiness.wanted);
        slowest = budget_max(slowest, startup + readiness);
    }
    return slowest;
}

static void budget_decide_min_ready(struct budget *budget, struct run *run,
                                    const struct wishes *wishes)
{
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "minReadySeconds");
    budget->min_ready = (int32_t)budget_stays(run, place, wishes->all->min_ready, 0);
    if (wishes->min_ready && !run_users_choice(run, place, NULL))
        budget->min_ready = wishes->min_ready_seconds;
}

static void budget_decide_deadline(struct budget *budget, struct run *run,
                                   const struct wishes *wishes)
{
    if (!(run->facts.kind->flags & KIND_PROGRESS_DEADLINE))
        return;
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "progressDeadlineSeconds");
    int64_t deadline = budget_stays(run, place, wishes->all->deadline, API_DEADLINE_DEFAULT);
    if (wishes->deadline && !run_users_choice(run, place, "600")) {
        int64_t start = budget_slowest_start(run, wishes) + budget->min_ready +
                        wishes->gate_seconds + DEADLINE_MARGIN;
        deadline = budget_max(API_DEADLINE_DEFAULT, budget_max(wishes->deadline_seconds, start));
    }
    budget->deadline = (int32_t)budget_min(deadline, INT32_MAX);
    if (budget->min_ready >= budget->deadline)
        budget->min_ready = -1;
}

void budget_decide(struct budget *budget, struct run *run, const struct wishes *wishes)
{
    *budget = (struct budget){0};
    budget_decide_grace(budget, run, wishes);
    budget_decide_min_ready(budget, run, wishes);
    budget_decide_deadline(budget, run, wishes);
    budget->readiness_delay = budget_probe_delay(&wishes->readiness, budget->deadline);
    budget->liveness_delay = budget_probe_delay(&wishes->liveness, budget->deadline);
    budget->startup_delay = budget_probe_delay(&wishes->startup, budget->deadline);
}
