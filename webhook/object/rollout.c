// Reads apps/v1 DeploymentStatus (pkg/controller/deployment/progress.go has when it is written).
#include "object/rollout.h"

static struct value rollout_condition(struct value status, const char *type)
{
    struct value conditions = value_get(status, "conditions");
    for (struct value item = value_first(conditions); item.node; item = value_next(item))
        if (value_is(value_get(item, "type"), type))
            return item;
    return (struct value){status.tape, 0};
}

static int64_t rollout_number(struct value status, const char *key)
{
    int64_t number = 0;
    value_integer(value_get(status, key), &number);
    return number;
}

// Whether the condition's reason says how far the rollout has come: one that a pause wrote does
// not.
static bool rollout_tells(struct value reason)
{
    return value_exists(reason) && !value_is(reason, "DeploymentPaused") &&
           !value_is(reason, "DeploymentResumed");
}

struct rollout rollout_read(struct value object)
{
    struct value status = value_get(object, "status");
    struct value reason = value_get(rollout_condition(status, "Progressing"), "reason");
    struct value failure = value_get(rollout_condition(status, "ReplicaFailure"), "status");
    int64_t replicas = rollout_number(status, "replicas");
    int64_t updated = rollout_number(status, "updatedReplicas");
    int64_t ready = rollout_number(status, "readyReplicas");
    bool available = value_is(reason, "NewReplicaSetAvailable");
    bool stuck = value_exists(reason) && updated > 0 && ready == 0;
    struct rollout rollout = {
        .complete = available && updated > 0 && ready > 0,
        .exceeded = value_is(reason, "ProgressDeadlineExceeded"),
    };
    rollout.unfinished = rollout_tells(reason) ? !available : replicas > updated || stuck;
    rollout.suspicious = rollout.unfinished && updated > 0 && ready <= replicas - updated &&
                         !value_is(failure, "True");
    return rollout;
}

int64_t rollout_generation(struct value object)
{
    int64_t generation = 0;
    value_integer(value_get(value_get(object, "metadata"), "generation"), &generation);
    return generation;
}
