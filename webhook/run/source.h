// The user's own liveness or startup probe as evidence: what it asks surely answers, so evenkeel's
// probe asks the same. A probe that evenkeel wrote never counts.
#ifndef EVENKEEL_RUN_SOURCE_H
#define EVENKEEL_RUN_SOURCE_H

#include "run/run.h"

struct source {
    const char *key;      // httpGet, tcpSocket or grpc; NULL: there is no such probe
    struct value handler; // the user's own
    bool startup;         // of their startup probe; else of their liveness probe
    // Its times, in seconds, with the API's defaults.
    int64_t initial_delay, timeout, period, failure_threshold;
};

// Finds the user's liveness probe, or else (with `startup_too`) their startup probe. REASON_NONE
// with `source`; its key is NULL if the container has neither, or has a startup probe that runs a
// command. Otherwise the reason why no port of the container should be asked: REASON_HANDLER_HOST,
// REASON_LIVENESS_EXEC or REASON_HANDLER_TOO_LONG.
enum reason source_find(struct run *run, const struct container *container, bool startup_too,
                        struct source *source);

// Writes `"key":handler` with the handler's members in the API's order, so that the same handler
// always gives the same text.
void source_write_handler(const struct source *source, struct run *run, struct text *json);

// How often a probe with this `period` must fail to be as patient as the source.
int32_t source_failures(const struct source *source, int32_t period);

// A readiness probe of evenkeel's may ask what the user's own probe asked before this request. This
// makes it ask what the user's probe asks now, even if evenkeel writes nothing new (observe mode,
// an opted-out object): otherwise a moved liveness path would leave evenkeel's probe behind. If the
// user's probe is gone, evenkeel's goes too, and an ordinary run decides again. True if it rewrote
// evenkeel's probe. It does nothing in a template that the request did not change.
bool source_follow(struct run *run, const struct container *container);

// source_follow() for all containers.
void source_follow_all(struct run *run);

#endif
