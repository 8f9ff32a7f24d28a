// Each reason to refuse an approval is one function. The first one that applies is the reason.
#include "release/approval.h"

#include "object/annotations.h"
#include "release/state.h"
#include "run/run.h"

// "2", "all", "2@<hash>", "all@<hash>".
struct request {
    bool readable;
    bool all;
    uint32_t step;
    struct slice template; // absent: any
};

static struct request approval_read(struct slice batch, const struct release_state *state)
{
    struct request request = {0};
    const char *at = memchr(batch.data, '@', batch.size);
    struct slice step = {batch.data, at ? (size_t)(at - batch.data) : batch.size};
    int64_t number = 0;
    if (at != NULL)
        request.template = (struct slice){at + 1, batch.size - step.size - 1};
    request.all = slice_is(step, "all");
    request.readable = request.all || slice_integer(step, 1, state->steps.count, &number);
    request.step = request.all ? state->steps.count : (uint32_t)number;
    return request;
}

static bool approval_is_one_of(struct slices approvers, const char *prefix, struct slice name)
{
    size_t skip = strlen(prefix);
    for (uint32_t i = 0; i < approvers.count; i++) {
        struct slice item = approvers.items[i];
        if (slice_starts_with(item, prefix) &&
            slice_glob(name, (struct slice){item.data + skip, item.size - skip}))
            return true;
    }
    return false;
}

static bool approval_is_allowed(struct run *run, const struct review *review,
                                const struct release_wish *wish)
{
    struct slice user = value_string(value_get(review->user, "username"), run->arena);
    struct value groups = value_get(review->user, "groups");
    if (wish->approvers.count == 0 || approval_is_one_of(wish->approvers, "user:", user))
        return true;
    for (struct value group = value_first(groups); group.node; group = value_next(group))
        if (approval_is_one_of(wish->approvers, "group:", value_string(group, run->arena)))
            return true;
    return false;
}

static int64_t approval_number(struct value object, const char *key)
{
    int64_t number = 0;
    value_integer(value_get(object, key), &number);
    return number;
}

// How many pods are missing or not ready, including the held step's. -1 while the controller has
// not seen the present spec.
static int64_t approval_unready(const struct run *run, const struct review *review)
{
    const struct release *release = run->release;
    struct value status = value_get(review->old_object, "status");
    struct value metadata = value_get(review->old_object, "metadata");
    int64_t pods =
        release_pods(run, &release->state.steps, release->state.step, release->state.from);
    int64_t missing = pods - approval_number(status, "updatedReplicas");
    int64_t waiting =
        approval_number(status, "replicas") - approval_number(status, "readyReplicas");
    if (approval_number(status, "observedGeneration") < approval_number(metadata, "generation"))
        return -1;
    return (missing > 0 ? missing : 0) + (waiting > 0 ? waiting : 0);
}

static enum reason approval_refuse(struct run *run, const struct review *review,
                                   const struct release_wish *wish, const struct request *request)
{
    const struct release_state *state = &run->release->state;
    if (!request->readable)
        return REASON_APPROVAL_UNREADABLE;
    if (request->template.data != NULL && !slice_equal(request->template, state->template))
        return REASON_APPROVAL_OTHER_TEMPLATE;
    if (!request->all && request->step <= state->step)
        return REASON_APPROVAL_LOWERED;
    struct place *place =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ANNOTATION_BATCH));
    if (place != NULL && evidence_is_declared(&run->evidence, place))
        return REASON_APPROVAL_IN_MANIFEST;
    if (!approval_is_allowed(run, review, wish))
        return REASON_APPROVER_NOT_ALLOWED;
    return request->all || approval_unready(run, review) == 0 ? REASON_NONE
                                                              : REASON_APPROVAL_NOT_READY;
}

struct approval approval_judge(struct run *run, const struct review *review,
                               const struct release_wish *wish, struct slice batch)
{
    const struct release *release = run->release;
    const struct steps *steps = &release->state.steps;
    struct request request = approval_read(batch, &release->state);
    struct approval approval = {.refused = approval_refuse(run, review, wish, &request)};
    if (approval.refused == REASON_NONE && request.all)
        approval.unready = approval_unready(run, review);
    if (approval.refused != REASON_NONE || request.all)
        return approval;
    // A step that is not above the held one, at the present number of pods, is skipped.
    approval.step = request.step;
    if (steps_pods(steps, request.step, release->replicas) <=
        steps_pods(steps, release->state.step, release->replicas))
        approval.step = steps_next(steps, release->state.step, release->replicas);
    if (steps_pods(steps, approval.step, release->replicas) >= release->replicas)
        approval.step = 0;
    return approval;
}
