// Decides how long a pod may sleep before it stops. The application needs a grace period that the
// user set for the time after SIGTERM. So a sleep takes a small part of it, or makes it longer if
// the policy says so.
#include "run/stop_time.h"

#include "object/annotations.h"
#include "run/instance.h"
#include "run/stays.h"
#include "run/worker.h"
#include "signs/nodes.h"

enum {
    SHARE_OF_USERS = 3, // a sleep is at most this part of a grace period that the user set,
    SHARE_OF_OURS = 2,  // and of one that nobody may make longer
};

static int64_t stop_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t stop_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// The N of `sleep N`, also as the whole script of a shell. 0 if the command is anything else.
static int64_t stop_command_seconds(struct value command, struct arena *arena)
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

// How long a present hook takes, as far as this can be known, else 0. A handler of evenkeel's that
// was merged into the user's own will be removed.
static int64_t stop_hook_seconds(struct run *run, struct place *hook)
{
    struct slice path = plan_path_text(&run->plan, hook);
    struct slice ours = evidence_merged_handler(&run->evidence, hook, path);
    struct value sleep = value_get(hook->now, "sleep");
    struct value exec = value_get(hook->now, "exec");
    if (value_exists(sleep) && !slice_is(ours, "sleep"))
        return stays_number(sleep, "seconds", 0);
    if (slice_is(ours, "exec"))
        return 0;
    return stop_command_seconds(value_get(exec, "command"), run->arena);
}

static bool stop_takes_hook(const struct budget *budget, struct run *run,
                            const struct wishes *wishes, const struct container *container,
                            struct place *hook)
{
    return instance_unhooked(&budget->instance, run, hook) == REASON_NONE &&
           wishes->pre_stop_fits(run, wishes->pre_stop_settings, container);
}

// The longest hook that will stay as it is, and whether any container takes one of evenkeel's.
static void stop_read_hooks(struct budget *budget, struct run *run, const struct wishes *wishes,
                            bool *takes_ours)
{
    *takes_ours = false;
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        const struct container *container = &run->facts.containers[i];
        struct place *hook = plan_path(&run->plan, container->place, "lifecycle.preStop");
        if (hook == NULL)
            return;
        bool decides = wishes->pre_stop && !container->proxy && !run_users_choice(run, hook, NULL);
        if (decides && stop_takes_hook(budget, run, wishes, container, hook))
            *takes_ours = true;
        else if (value_exists(hook->now) && !(decides && !run->template_locked) &&
                 !stays_not(run, hook, wishes->all->pre_stop))
            budget->longest_hook =
                (int32_t)stop_max(budget->longest_hook, stop_hook_seconds(run, hook));
    }
}

// The grace period that makes room for `hook`, if evenkeel may raise the period. It is raised,
// never lowered.
static int64_t stop_raise_grace(const struct wishes *wishes, int64_t hook)
{
    int64_t grace = stop_max(API_GRACE_DEFAULT, wishes->grace_seconds);
    if (hook > 0)
        grace = stop_max(grace, hook + wishes->grace_buffer);
    if (wishes->grace_maximum > 0)
        grace = stop_min(grace, stop_max(API_GRACE_DEFAULT, wishes->grace_maximum));
    return grace;
}

int64_t stop_time_users(struct run *run)
{
    struct place *grace =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");
    struct slice text = run_users_grace(run);
    int64_t seconds = -1;

    if (text.size > 0 && run_is_ours(run, grace))
        slice_integer(text, 0, INT32_MAX, &seconds);
    return seconds;
}

static struct slice stop_grace_of(struct value object)
{
    struct value template = value_get(value_get(object, "spec"), "template");

    return value_raw(value_get(value_get(template, "spec"), "terminationGracePeriodSeconds"));
}

bool stop_time_is_news(const struct run *run)
{
    return !value_exists(run->old_object) ||
           !slice_equal(stop_grace_of(run->old_object), stop_grace_of(run->facts.object));
}

// A single worker's old and new pod would work at the same time. Several do so anyway.
static bool stop_gets_requests(struct run *run, const struct wishes *wishes)
{
    const struct facts *facts = &run->facts;
    bool ports = false;

    for (uint32_t i = 0; i < facts->container_count; i++)
        ports =
            ports || (!facts->containers[i].proxy && value_count(facts->containers[i].ports) > 0);
    return ports && !(instance_replicas(run) <= 1 && worker_runs(run, wishes->port_words));
}

// Whether a value from before this request is still there without the record that named it: by the
// old record, or by a sleep that only evenkeel would write.
static bool stop_record_is_lost(struct run *run, struct place *grace)
{
    struct value old = run->old_object;
    struct value annotations = value_get(value_get(old, "metadata"), "annotations");
    struct slice was = stop_grace_of(old);
    struct slice record = value_raw(value_get(annotations, ANNOTATION_INJECTED));
    struct slice path = plan_path_text(&run->plan, grace);

    if (value_exists(old) && slice_equal(was, value_raw(grace->now)) && record.size > 0 &&
        path.size > 0 && memmem(record.data, record.size, path.data, path.size) != NULL)
        return true;
    for (uint32_t i = 0; i < run->facts.container_count; i++) {
        struct place *hook =
            plan_path(&run->plan, run->facts.containers[i].place, "lifecycle.preStop");
        if (hook != NULL && value_exists(value_get(hook->now, "sleep")) && !run_is_ours(run, hook))
            return true;
    }
    return false;
}

// Why the user's grace period is not made longer although the policy says so.
static enum not_raised stop_not_raised(struct run *run, const struct wishes *wishes,
                                       struct place *grace, int64_t raised)
{
    if (!wishes->grace || !wishes->grace_raise || grace == NULL)
        return NOT_RAISED_BY_POLICY;
    if (wishes->grace_maximum > 0 && raised > wishes->grace_maximum)
        return NOT_RAISED_BY_POLICY;
    if (run_is_ours(run, grace))
        return RAISED;
    if (evidence_declares(&run->evidence, grace))
        return NOT_RAISED_DECLARED;
    return stop_record_is_lost(run, grace) ? NOT_RAISED_LOST : RAISED;
}

// The grace period that evenkeel would write, with a hook of `ours` seconds.
static int64_t stop_wished_grace(struct budget *budget, struct run *run,
                                 const struct wishes *wishes, struct place *place, int64_t ours)
{
    int64_t own = stop_time_users(run);
    int64_t base = own >= 0 ? own : API_GRACE_DEFAULT;
    int64_t stands = stays_seconds(run, place, wishes->all->grace, base);
    bool users =
        wishes->grace ? run_users_choice(run, place, "30") : run_is_chosen(run, place, "30");

    budget->users_grace = (int32_t)(users ? stop_min(stands, INT32_MAX) : own);
    budget->not_raised = NOT_RAISED_BY_POLICY;
    if (budget->grace_left != REASON_NONE && !users)
        return wishes->grace ? base : stands;
    if (budget->users_grace >= 0 && ours > 0)
        budget->not_raised = stop_not_raised(run, wishes, place, budget->users_grace + ours);
    if (budget->users_grace >= 0)
        return budget->users_grace + (budget->not_raised == RAISED ? ours : 0);
    return wishes->grace ? stop_raise_grace(wishes, stop_max(ours, budget->longest_hook)) : stands;
}

// The seconds of a hook that wants `ours`, in the grace period that the pod will have.
static int64_t stop_hook_that_fits(const struct budget *budget, struct run *run,
                                   const struct wishes *wishes, int64_t ours, int64_t grace)
{
    bool users = budget->users_grace >= 0 && budget->not_raised != RAISED;

    if (wishes->pre_stop_command)
        return ours <= grace ? ours : 0;
    if (users)
        return stop_gets_requests(run, wishes) ? stop_min(ours, grace / SHARE_OF_USERS) : 0;
    if (wishes->grace && (budget->users_grace >= 0 || ours + wishes->grace_buffer <= grace))
        return ours;
    return stop_min(ours, grace / SHARE_OF_OURS);
}

// The old pods stop before the new ones start, or both would work at the same time.
static bool stop_is_gap(enum reason reason)
{
    return reason == REASON_RECREATE || reason == REASON_ON_DELETE || reason == REASON_NO_SURGE ||
           reason == REASON_WORKER;
}

// A node that stops at short notice leaves the application at least half of the time that it gives.
static int64_t stop_before_node(struct budget *budget, struct run *run, const struct wishes *wishes,
                                int64_t ours)
{
    if (wishes->pre_stop_command || ours == 0)
        return ours;
    int64_t notice = nodes_notice_seconds(run->facts.pod_spec);
    if (notice == 0 || ours <= notice / 2)
        return ours;
    budget->node_notice = (int32_t)notice;
    return notice / 2;
}

void stop_time_decide(struct budget *budget, struct run *run, const struct wishes *wishes)
{
    struct place *place =
        plan_member(&run->plan, run->facts.pod_spec_place, "terminationGracePeriodSeconds");
    bool takes_ours;

    stop_read_hooks(budget, run, wishes, &takes_ours);
    if (stop_is_gap(budget->instance.unhooked) && !takes_ours)
        budget->grace_left = budget->instance.unhooked;
    int64_t ours = wishes->pre_stop && takes_ours ? wishes->pre_stop_seconds : 0;
    budget->pre_stop_wished = (int32_t)ours;
    ours = stop_before_node(budget, run, wishes, ours);
    int64_t wished = stop_wished_grace(budget, run, wishes, place, ours);
    int64_t stands = stays_seconds(run, place, wishes->all->grace, API_GRACE_DEFAULT);
    int64_t grace = run->template_locked ? stands : wished;

    budget->grace_wished = (int32_t)stop_min(wished, INT32_MAX);
    budget->grace = (int32_t)stop_min(grace, INT32_MAX);
    budget->pre_stop = (int32_t)stop_hook_that_fits(budget, run, wishes, ours, grace);
    budget->pre_stop_share = budget->users_grace >= 0 ? SHARE_OF_USERS : SHARE_OF_OURS;
    budget->longest_hook = (int32_t)stop_max(budget->longest_hook, budget->pre_stop);
}
