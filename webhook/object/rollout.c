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

struct rollout rollout_read(struct value object)
{
    struct value status = value_get(object, "status");
    struct value reason = value_get(rollout_condition(status, "Progressing"), "reason");
    struct value failure = value_get(rollout_condition(status, "ReplicaFailure"), "status");
    int64_t replicas = rollout_number(status, "replicas");
    int64_t updated = rollout_number(status, "updatedReplicas");
    int64_t ready = rollout_number(status, "readyReplicas");
    struct rollout rollout = {
        .complete = value_is(reason, "NewReplicaSetAvailable"),
        .exceeded = value_is(reason, "ProgressDeadlineExceeded"),
    };
    rollout.unfinished = value_exists(reason) ? !rollout.complete : replicas > updated;
    rollout.suspicious = rollout.unfinished && updated > 0 && ready <= replicas - updated &&
                         !value_is(failure, "True");
    return rollout;
}
