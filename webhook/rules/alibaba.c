// Reads the CCM's annotations and load balancer classes. It writes nothing.
#include "rules/alibaba.h"

// Longer than any annotation's name may be (253 + 1 + 63 bytes).
enum { ANNOTATION_NAME_MAX = 320 };

// Also of an annotation that the `annotations` rule is about to write: else our own output would be
// judged differently from what led to it.
static struct slice text_after(struct run *run, struct slice key)
{
    struct place *place = plan_map_entry(&run->plan, run->facts.annotations, key);

    if (!place || place->action != ACTION_SET)
        return place ? value_string(place->now, run->arena) : (struct slice){NULL, 0};
    if (tape_parse(run->value_tape, place->json, TAPE_FULL, NULL) != 0)
        return (struct slice){NULL, 0};
    return value_string(value_root(run->value_tape), run->arena);
}

// CCM leaves a Service with a class annotation to whoever has that class.
static bool is_foreign(struct run *run)
{
    struct value class = value_get(run->facts.spec, "loadBalancerClass");

    if (text_after(run, SLICE("service.beta.kubernetes.io/class")).size > 0)
        return true;
    return value_exists(class) && !value_is(class, "alibabacloud.com/nlb");
}

enum reason alibaba_unfit(struct run *run)
{
    if (run->policy->network == NETWORK_OTHER)
        return REASON_NETWORK;
    if (!value_is(value_get(run->facts.spec, "type"), "LoadBalancer"))
        return REASON_NOT_LOAD_BALANCER;
    return is_foreign(run) ? REASON_FOREIGN_LOAD_BALANCER : REASON_NONE;
}

bool alibaba_is_classic(const struct facts *facts)
{
    return !value_exists(value_get(facts->spec, "loadBalancerClass"));
}

static struct slice key_of(struct run *run, const char *prefix, const char *word)
{
    struct text key;

    text_init(&key, run->arena, ANNOTATION_NAME_MAX);
    text_puts(&key, prefix);
    text_puts(&key, word);
    return text_slice(&key);
}

struct slice alibaba_annotation(struct run *run, const char *word)
{
    struct slice text = text_after(run, key_of(run, ALIBABA_PREFIX, word));

    return text.data ? text : text_after(run, key_of(run, ALIBABA_LEGACY_PREFIX, word));
}

bool alibaba_users_choice(struct run *run, struct place *place, const char *word)
{
    return run_users_choice(run, place, NULL) ||
           text_after(run, key_of(run, ALIBABA_LEGACY_PREFIX, word)).data;
}
