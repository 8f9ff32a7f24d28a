// Decides all times together. What the user decided is an input, and evenkeel's values are made to
// fit it.
#include "run/budget.h"

#include "run/instance.h"
#include "run/run.h"
#include "run/stays.h"
#include "run/stop_time.h"

enum { DEADLINE_MARGIN = 60 }; // for scheduling and pulling the image, before a probe can pass

static int64_t budget_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t budget_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// A custom resource may hold any number. No product of two of these overflows.
static int64_t budget_bound(int64_t number)
{
    return budget_max(0, budget_min(number, INT32_MAX));
}

int64_t budget_probe_times(int64_t delay, int64_t period, int64_t failures, int64_t successes)
{
    int64_t tries = budget_bound(budget_bound(failures) + budget_bound(successes) - 1);
    return budget_bound(budget_bound(delay) + budget_bound(period) * tries);
}

// A number in a present probe. `place` is the probe's place if members of evenkeel's that were
// merged into it will be removed.
static int64_t budget_own(struct run *run, struct place *place, struct value probe, const char *key,
                          int64_t fallback)
{
    if (place != NULL && run_is_left_over(run, place, slice_of(key)))
        return fallback;
    return stays_number(probe, key, fallback);
}

// How long a container's probe of this name may take to pass: evenkeel's probe if one will be
// written, else the present one.
static int64_t budget_probe(const struct instance *instance, struct run *run,
                            const struct container *container, const char *name,
                            const struct probe_times *ours, bool looked_after)
{
    struct place *place = plan_member(&run->plan, container->place, name);
    if (place == NULL) // memory is short
        return 0;
    if (ours->wanted && !run->template_locked && !run_users_choice(run, place, NULL) &&
        !run_is_extended(run, place))
        return instance_unprobed(instance, run, place) == REASON_NONE
                   ? ours->lasts(run, ours, container)
                   : 0;
    struct value probe = value_get(container->at, name);
    // A probe that the request dropped and that is put back as it was.
    if (place->action == ACTION_SET &&
        tape_parse(run->value_tape, place->json, TAPE_FULL, NULL) == 0)
        probe = value_root(run->value_tape);
    if (!value_exists(probe) || stays_not(run, place, looked_after))
        return 0;
    bool sheds = looked_after && run->policy->mode == MODE_ENFORCE && !run->template_locked;
    return budget_probe_times(
        budget_own(run, sheds ? place : NULL, probe, "initialDelaySeconds", 0),
        budget_own(run, sheds ? place : NULL, probe, "periodSeconds", 10),
        budget_own(run, sheds ? place : NULL, probe, "failureThreshold", 3),
        budget_own(run, sheds ? place : NULL, probe, "successThreshold", 1));
}

int32_t budget_probe_delay(const struct budget *budget, int64_t delay, int64_t least, int64_t lasts)
{
    int64_t room = budget->deadline == 0 ? INT32_MAX : budget->deadline - 1 - lasts;
    return room < least ? -1 : (int32_t)budget_min(room, delay);
}

static int64_t budget_slowest_start(const struct instance *instance, struct run *run,
                                    const struct wishes *wishes)
{
    int64_t slowest = 0;
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        const struct container *container = &run->facts.containers[i];
        int64_t startup = budget_probe(instance, run, container, "startupProbe", &wishes->startup,
                                       wishes->all->startup.wanted);
        int64_t readiness = budget_probe(instance, run, container, "readinessProbe",
                                         &wishes->readiness, wishes->all->readiness.wanted);
        slowest = budget_max(slowest, startup + readiness);
    }
    return slowest;
}

static void budget_decide_min_ready(struct budget *budget, struct run *run,
                                    const struct wishes *wishes)
{
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "minReadySeconds");
    budget->min_ready = (int32_t)stays_seconds(run, place, wishes->all->min_ready, 0);
    if (wishes->min_ready && !run_users_choice(run, place, NULL))
        budget->min_ready = wishes->min_ready_seconds;
}

static void budget_decide_deadline(struct budget *budget, struct run *run,
                                   const struct wishes *wishes)
{
    if (!(run->facts.kind->flags & KIND_PROGRESS_DEADLINE))
        return;
    struct place *place = plan_member(&run->plan, run->facts.spec_place, "progressDeadlineSeconds");
    int64_t deadline = stays_seconds(run, place, wishes->all->deadline, API_DEADLINE_DEFAULT);
    if (wishes->deadline && !run_users_choice(run, place, "600")) {
        int64_t start = budget_slowest_start(&budget->instance, run, wishes) + budget->min_ready +
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
    instance_read(&budget->instance, run, wishes);
    stop_time_decide(budget, run, wishes);
    budget_decide_min_ready(budget, run, wishes);
    budget_decide_deadline(budget, run, wishes);
}
