// Counts as the kubelet and the deployment controller do. It knows nothing of policies.
#include "report/outlook.h"

#include "base/arena.h"
#include "report/ready.h"
#include "json/value.h"

enum {
    MEMORY_MAX = 1024 * 1024,
    GRACE_DEFAULT = 30,
    GRACE_MIN = 2, // the kubelet's minimumGracePeriodInSeconds, also behind a hook that used up all
    DEADLINE_DEFAULT = 600,
};

static const struct {
    const char *name;
    const char *doc;
} losses[LOSSES] = {
    {"no probe", "A new pod gets requests as soon as its containers run, before it can answer."},
    {"no sleep", "An old pod is told to stop while load balancers still send it requests."},
    {"no time to drain", "The sleep uses up the grace period, so requests in flight are cut."},
    {"all at once", "All old pods stop before the first new one starts."},
    {"fewer pods", "Old pods stop before new ones are ready, so fewer pods answer the requests."},
};

const char *loss_name(unsigned index)
{
    return losses[index].name;
}

const char *loss_doc(unsigned index)
{
    return losses[index].doc;
}

static int64_t number_or(struct value value, int64_t fallback)
{
    int64_t number = fallback;

    return value_integer(value, &number) && number >= 0 && number <= INT32_MAX ? number : fallback;
}

// `sleep N` as a program, or as the last thing that a shell is told.
static int64_t command_seconds(struct value command, struct arena *arena)
{
    uint32_t count = value_count(command);
    struct slice last = count ? value_string(value_item(command, count - 1), arena) : SLICE("");
    struct slice before =
        count > 1 ? value_string(value_item(command, count - 2), arena) : SLICE("");
    const char *word = last.data ? memmem(last.data, last.size, "sleep ", 6) : NULL;
    int64_t seconds = 0;

    if (slice_glob(before, SLICE("*sleep"))) {
        slice_integer(last, 0, INT32_MAX, &seconds);
        return seconds;
    }
    for (word = word ? word + 6 : NULL; word && word < last.data + last.size && *word >= '0' &&
                                        *word <= '9' && seconds < INT32_MAX / 10;
         word++)
        seconds = seconds * 10 + (*word - '0');
    return seconds;
}

static int64_t hook_seconds(struct value container, struct arena *arena)
{
    struct value hook = value_get(value_get(container, "lifecycle"), "preStop");
    struct value sleep = value_get(hook, "sleep");

    if (value_exists(sleep))
        return number_or(value_get(sleep, "seconds"), 0);
    return command_seconds(value_get(value_get(hook, "exec"), "command"), arena);
}

static bool has_tcp_port(struct value container)
{
    struct value ports = value_get(container, "ports");

    for (struct value port = value_first(ports); port.node; port = value_next(port)) {
        struct value protocol = value_get(port, "protocol");
        if (!value_exists(protocol) || value_is(protocol, "TCP"))
            return true;
    }
    return false;
}

static void read_stop(struct outlook *rollout, struct value spec, struct arena *arena)
{
    int64_t grace = number_or(value_get(spec, "terminationGracePeriodSeconds"), GRACE_DEFAULT);
    int64_t longest = 0;
    struct value list = value_get(spec, "containers");

    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        int64_t seconds = hook_seconds(item, arena);
        longest = seconds > longest ? seconds : longest;
        rollout->serves = rollout->serves || has_tcp_port(item);
    }
    rollout->sleep = (int32_t)(longest < grace ? longest : grace);
    rollout->drain = (int32_t)(grace - rollout->sleep);
    if (rollout->drain < GRACE_MIN)
        rollout->drain = GRACE_MIN;
    if (longest > 0 && longest + GRACE_MIN > grace)
        rollout->losses |= LOSS_NO_DRAIN;
}

// Rounded down, as the API rounds it.
static int64_t pods_of(struct value share, int64_t replicas, struct arena *arena)
{
    struct slice text = value_string(share, arena);
    int64_t number;

    if (!value_exists(share))
        return replicas / 4; // 25%
    if (value_integer(share, &number))
        return number > replicas ? replicas : number;
    if (text.size > 1 && text.data[text.size - 1] == '%' &&
        slice_integer((struct slice){text.data, text.size - 1}, 0, 100, &number))
        return replicas * number / 100;
    return 0;
}

static void read_strategy(struct outlook *rollout, struct value object, struct arena *arena)
{
    struct value spec = value_get(object, "spec");
    struct value strategy = value_get(spec, "strategy");
    struct value rolling = value_get(strategy, "rollingUpdate");

    rollout->replicas = number_or(value_get(spec, "replicas"), 1);
    if (!value_is(value_get(object, "kind"), "Deployment"))
        return;
    rollout->deadline =
        (int32_t)number_or(value_get(spec, "progressDeadlineSeconds"), DEADLINE_DEFAULT);
    if (value_is(value_get(strategy, "type"), "Recreate")) {
        rollout->unavailable = rollout->replicas;
        rollout->losses |= LOSS_RECREATE;
        return;
    }
    rollout->unavailable = pods_of(value_get(rolling, "maxUnavailable"), rollout->replicas, arena);
    if (rollout->unavailable > 0)
        rollout->losses |= LOSS_FEWER_PODS;
}

bool outlook_read(struct slice json, bool selected, struct outlook *rollout)
{
    struct arena *arena = arena_new(MEMORY_MAX);
    struct tape tape = {0};
    bool read = arena && tape_parse(&tape, json, TAPE_FULL, NULL) == 0;

    *rollout = (struct outlook){.serves = selected, .ready = -1};
    if (read) {
        struct value object = value_root(&tape);
        struct value spec = value_get(object, "spec");
        rollout->min_ready = (int32_t)number_or(value_get(spec, "minReadySeconds"), 0);
        rollout->ready = ready_after(json);
        read_stop(rollout, value_get(value_get(spec, "template"), "spec"), arena);
        read_strategy(rollout, object, arena);
        if (rollout->ready < 0)
            rollout->losses |= LOSS_NO_PROBE;
        if (rollout->sleep == 0)
            rollout->losses |= LOSS_NO_SLEEP;
        if (!rollout->serves)
            rollout->losses = 0;
    }
    tape_clear(&tape);
    arena_free(arena);
    return read;
}
