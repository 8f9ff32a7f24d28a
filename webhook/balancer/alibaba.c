// Reads the CCM's annotations and load balancer classes, as its own helpers do.
#include "balancer/alibaba.h"

#include <strings.h>

// Longer than any annotation's name may be (253 + 1 + 63 bytes).
enum { ANNOTATION_NAME_MAX = 320 };

struct slice balancer_text(struct run *run, struct place *annotations, struct slice key)
{
    struct place *place = plan_map_entry(&run->plan, annotations, key);
    struct slice json = run_value_after(place);

    if (!json.data)
        return (struct slice){NULL, 0};
    if (place->action != ACTION_SET)
        return value_string(place->now, run->arena);
    if (tape_parse(run->value_tape, json, TAPE_FULL, NULL) != 0)
        return (struct slice){NULL, 0};
    return value_string(value_root(run->value_tape), run->arena);
}

static struct slice text_after(struct run *run, struct slice key)
{
    return balancer_text(run, run->facts.annotations, key);
}

static struct slice key_of(struct run *run, const char *prefix, struct slice word)
{
    struct text key;

    text_init(&key, run->arena, ANNOTATION_NAME_MAX);
    text_puts(&key, prefix);
    text_add(&key, word);
    return text_slice(&key);
}

struct slice alibaba_annotation(struct run *run, const char *word)
{
    struct slice text = text_after(run, key_of(run, ALIBABA_PREFIX, slice_of(word)));

    return text.data ? text : text_after(run, key_of(run, ALIBABA_LEGACY_PREFIX, slice_of(word)));
}

bool alibaba_says(struct run *run, const char *word)
{
    return alibaba_annotation(run, word).size > 0;
}

// A class of the API decides alone. Without one, the older annotation shows another controller.
bool alibaba_is_foreign(struct run *run)
{
    struct value class = value_get(run->facts.spec, "loadBalancerClass");

    if (alibaba_says(run, "tunnel-type"))
        return true;
    if (value_exists(class))
        return !value_is(class, ALIBABA_NLB_CLASS);
    return text_after(run, SLICE(ALIBABA_CLASS)).size > 0;
}

enum reason alibaba_unfit(struct run *run)
{
    if (run->policy->network == NETWORK_OTHER)
        return REASON_NETWORK;
    if (!value_is(value_get(run->facts.spec, "type"), "LoadBalancer"))
        return REASON_NOT_LOAD_BALANCER;
    return alibaba_is_foreign(run) ? REASON_FOREIGN_LOAD_BALANCER : REASON_NONE;
}

bool alibaba_is_classic(const struct facts *facts)
{
    return !value_exists(value_get(facts->spec, "loadBalancerClass"));
}

bool alibaba_is_new(const struct facts *facts)
{
    return facts->create || facts->became_load_balancer;
}

bool alibaba_is_eni(struct run *run)
{
    return slice_is(text_after(run, SLICE(ALIBABA_BACKEND_TYPE)), "eni");
}

bool alibaba_keeps_listeners(struct run *run)
{
    return alibaba_is_classic(&run->facts) && alibaba_says(run, "id") &&
           !slice_is(alibaba_annotation(run, "force-override-listeners"), "true");
}

static bool same_word(struct slice text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

bool alibaba_is_weighted(struct run *run)
{
    struct slice scheduler = alibaba_annotation(run, "scheduler");

    if (scheduler.size == 0)
        return !alibaba_is_classic(&run->facts);
    return same_word(scheduler, "wrr") || same_word(scheduler, "wlc");
}

bool alibaba_weigh(struct run *run)
{
    struct place *place =
        plan_map_entry(&run->plan, run->facts.annotations, SLICE(ALIBABA_PREFIX "scheduler"));

    if (!alibaba_is_classic(&run->facts) || alibaba_annotation(run, "scheduler").data)
        return alibaba_is_weighted(run);
    run_fill(run, place, NULL, SLICE("\"wrr\""));
    return true;
}

int64_t alibaba_drain_seconds(struct run *run)
{
    int64_t seconds = 0;

    if (alibaba_unfit(run) != REASON_NONE ||
        !slice_is(alibaba_annotation(run, "connection-drain"), "on"))
        return 0;
    slice_integer(alibaba_annotation(run, "connection-drain-timeout"), 0, ALIBABA_DRAIN_MAX,
                  &seconds);
    return seconds;
}

bool alibaba_users_choice(struct run *run, struct place *place, struct slice word)
{
    if (!text_after(run, key_of(run, ALIBABA_LEGACY_PREFIX, word)).data)
        return run_users_choice(run, place, NULL);
    run_withdraw(run, place);
    return true;
}
