// Reads the CCM's annotations and load balancer classes. It writes nothing.
#include "rules/alibaba.h"

// Longer than any annotation's name may be (253 + 1 + 63 bytes).
enum { ANNOTATION_NAME_MAX = 320 };

static struct value annotations_of(const struct run *run)
{
    return value_get(run->facts.metadata, "annotations");
}

// CCM leaves a Service with a class annotation to whoever has that class.
static bool is_foreign(const struct run *run)
{
    struct value annotation = value_get(annotations_of(run), "service.beta.kubernetes.io/class");
    struct value class = value_get(run->facts.spec, "loadBalancerClass");

    if (value_exists(annotation) && !value_is(annotation, ""))
        return true;
    return value_exists(class) && !value_is(class, "alibabacloud.com/nlb");
}

enum reason alibaba_unfit(const struct run *run)
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

static struct value annotation_of(const struct run *run, const char *prefix, const char *word)
{
    struct text key;

    text_init(&key, run->arena, ANNOTATION_NAME_MAX);
    text_puts(&key, prefix);
    text_puts(&key, word);
    return value_get_slice(annotations_of(run), text_slice(&key));
}

struct value alibaba_annotation(const struct run *run, const char *word)
{
    struct value annotation = annotation_of(run, ALIBABA_PREFIX, word);

    return value_exists(annotation) ? annotation : annotation_of(run, ALIBABA_LEGACY_PREFIX, word);
}

bool alibaba_users_choice(struct run *run, struct place *place, const char *word)
{
    return run_users_choice(run, place, NULL) ||
           value_exists(annotation_of(run, ALIBABA_LEGACY_PREFIX, word));
}
