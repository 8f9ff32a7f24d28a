// Tables of keys. A key that a controller cannot change on a live load balancer is a row here.
#include "balancer/keys.h"

#define FAILS                                                                                      \
    "the controller cannot change it on a live load balancer, and every later update fails"

static const struct {
    const char *word;
    const char *why;
} immutable[] = {
    {"address-type", "on a live CLB every later update fails, and a live NLB turns private"},
    {"master-zoneid", FAILS},
    {"slave-zoneid", FAILS},
    {"ip-version", FAILS},
    {"resource-group-id", FAILS},
    {"network-type", FAILS},
    {"ip", FAILS},
};

static const struct {
    const char *word;
    const char *rule;
} decided[] = {
    {"connection-drain", "connectionDrain"},
    {"connection-drain-timeout", "connectionDrain"},
};

struct slice alibaba_word(struct slice key)
{
    static const char *const prefixes[] = {ALIBABA_PREFIX, ALIBABA_LEGACY_PREFIX};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t size = strlen(prefixes[i]);

        if (slice_starts_with(key, prefixes[i]))
            return (struct slice){key.data + size, key.size - size};
    }
    return (struct slice){NULL, 0};
}

bool alibaba_is_key(struct slice key)
{
    return alibaba_word(key).data || slice_is(key, ALIBABA_BACKEND_TYPE);
}

const char *balancer_immutable(struct slice key)
{
    struct slice word = alibaba_word(key);

    if (slice_is(key, ALIBABA_BACKEND_TYPE))
        return "it rebuilds the server groups of a live load balancer";
    for (size_t i = 0; word.data && i < sizeof(immutable) / sizeof(immutable[0]); i++)
        if (slice_is(word, immutable[i].word))
            return immutable[i].why;
    return NULL;
}

const char *balancer_rule(struct slice key)
{
    struct slice word = alibaba_word(key);

    if (slice_is(key, ALIBABA_BACKEND_TYPE))
        return "backendType";
    for (size_t i = 0; word.data && i < sizeof(decided) / sizeof(decided[0]); i++)
        if (slice_is(word, decided[i].word))
            return decided[i].rule;
    return NULL;
}
