// Placeholders in the texts of a policy.
#include "run/run.h"

// The seconds that a placeholder means. -1: it means none. A Service has no budget of its own: the
// policy says what its pods may take.
static int32_t run_seconds(const struct run *run, struct slice name)
{
    bool service = run->facts.kind->flags & KIND_SERVICE;
    int32_t grace = service ? run->policy->grace_seconds : run->budget.grace;
    int32_t hook = service ? run->policy->hook_seconds : run->budget.longest_hook;
    if (grace == 0)
        grace = API_GRACE_DEFAULT;
    if (slice_is(name, "{grace_seconds}"))
        return grace;
    if (slice_is(name, "{sleep_seconds}"))
        return hook;
    if (slice_is(name, "{drain_seconds}"))
        return hook < grace ? grace - hook : 0;
    return -1;
}

bool run_is_placeholder(struct slice name)
{
    static const char *const names[] = {"{app_name}",      "{namespace}",     "{container}",
                                        "{grace_seconds}", "{sleep_seconds}", "{drain_seconds}"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_is(name, names[i]))
            return true;
    return false;
}

static bool run_placeholder(const struct run *run, const struct container *container,
                            struct slice name, struct slice *value)
{
    int32_t seconds = run_seconds(run, name);
    struct text number;
    if (slice_is(name, "{app_name}")) {
        *value = run->facts.name;
    } else if (slice_is(name, "{namespace}")) {
        *value = run->facts.namespace;
    } else if (slice_is(name, "{container}") && container != NULL) {
        *value = container->name;
    } else if (seconds >= 0) {
        text_init(&number, run->arena, 16);
        text_integer(&number, seconds);
        *value = text_slice(&number);
    } else {
        return false;
    }
    return true;
}

struct slice run_expand(struct run *run, const struct container *container, struct slice text)
{
    struct text out;
    text_init(&out, run->arena, 64 * 1024);
    for (size_t i = 0; i < text.size;) {
        const char *close = text.data[i] == '{' ? memchr(text.data + i, '}', text.size - i) : NULL;
        struct slice name = {text.data + i, close ? (size_t)(close + 1 - text.data) - i : 1};
        struct slice value = name;
        if (close != NULL && !run_placeholder(run, container, name, &value))
            value.size = name.size = 1;
        if (value.size == 0)
            return (struct slice){NULL, 0};
        text_add(&out, value);
        i += name.size;
    }
    return text_slice(&out);
}
