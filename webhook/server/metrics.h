// What is counted, and its Prometheus text (exposition format 0.0.4). Every thread counts for
// itself, and a scrape adds up. Label values come only from closed sets. Counts of reviews come
// only from struct admission.
#ifndef EVENKEEL_SERVER_METRICS_H
#define EVENKEEL_SERVER_METRICS_H

#include "admit/admit.h"
#include "server/http.h"

#include <stdio.h>

struct metrics;

// What an answered review came to.
#define METRICS_OUTCOMES(X)                                                                        \
    X(METRICS_PATCHED, "patched")                                                                  \
    X(METRICS_UNCHANGED, "unchanged")                                                              \
    X(METRICS_SKIPPED, "skipped")                                                                  \
    X(METRICS_UNREADABLE, "unreadable")                                                            \
    X(METRICS_DENIED, "denied")

#define METRICS_OUTCOME_ENUM(id, name) id,
enum metrics_outcome { METRICS_OUTCOMES(METRICS_OUTCOME_ENUM) METRICS_OUTCOMES_COUNT };
#undef METRICS_OUTCOME_ENUM

// What a reload was of.
enum metrics_reload { METRICS_RELOAD_POLICY, METRICS_RELOAD_CERTIFICATE };

// Counters for `threads` threads and reviews by `rules`. NULL when memory is short.
struct metrics *metrics_new(const struct rules *rules, unsigned threads);
void metrics_free(struct metrics *metrics); // NULL is fine

// The result of one review, for metrics and log alike.
enum metrics_outcome metrics_outcome(const struct admission *admission);
const char *metrics_operation_name(enum operation operation);

// Counts one request that a handler answered with `status`. `admission` is NULL unless the body was
// reviewed. From thread `thread` only.
void metrics_request(struct metrics *metrics, unsigned thread, int status, size_t body_size,
                     uint64_t nanoseconds, const struct admission *admission);
void metrics_notice(struct metrics *metrics, unsigned thread, const struct http_notice *notice);

// From the control thread. `policy_hash` is copied.
void metrics_reload(struct metrics *metrics, enum metrics_reload what, bool accepted);
void metrics_policy(struct metrics *metrics, struct slice policy_hash);
void metrics_certificate(struct metrics *metrics, int64_t not_after, int64_t ca_not_after);
void metrics_ready(struct metrics *metrics, bool ready);

// Whether the last metrics_ready() said so. From any thread.
bool metrics_is_ready(const struct metrics *metrics);

// Writes everything, with `log_dropped` lines of log. From any thread.
void metrics_write(const struct metrics *metrics, uint64_t log_dropped, FILE *stream);

#endif
