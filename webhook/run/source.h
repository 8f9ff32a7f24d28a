// The user's own liveness or startup probe as evidence: what it asks surely answers, so a probe of
// ours asks the same. It never takes one that evenkeel wrote.
#ifndef EVENKEEL_RUN_SOURCE_H
#define EVENKEEL_RUN_SOURCE_H

#include "run/run.h"

struct source {
    const char *key;      // httpGet, tcpSocket or grpc; NULL: there is no such probe
    struct value handler; // the user's own
    bool startup;         // of their startup probe; else of their liveness probe
    // Its times, in seconds, with the API's defaults.
    int64_t timeout, period, failure_threshold;
};

// Finds the user's liveness probe, else (where `startup_too`) their startup probe. REASON_NONE with
// `source`, whose key is NULL where the container has neither, or a startup probe that runs a
// command; else why no port of the container should be asked: REASON_HANDLER_HOST,
// REASON_LIVENESS_EXEC or REASON_HANDLER_TOO_LONG.
enum reason source_find(struct run *run, const struct container *container, bool startup_too,
                        struct source *source);

// Writes `"key":handler`, with the handler's members in the API's own order: the same handler
// always gives the same text.
void source_write_handler(const struct source *source, struct run *run, struct text *json);

// How often a probe every `period` seconds must fail to be as patient as the source.
int32_t source_failures(const struct source *source, int32_t period);

// Lets a readiness probe of ours that asks what the user's own probe asked before this request ask
// what that asks now, also where evenkeel writes nothing new (observe mode, an opted-out object):
// else a moved liveness path would leave ours behind. Where that probe is gone, ours goes too: an
// ordinary run judges afresh. True when it rewrote ours. Nothing in a template that the
// request did not change.
bool source_follow(struct run *run, const struct container *container);

// source_follow() for all containers.
void source_follow_all(struct run *run);

#endif
