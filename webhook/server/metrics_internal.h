// Shared by counting (metrics.c) and writing (metrics_text.c).
#ifndef EVENKEEL_SERVER_METRICS_INTERNAL_H
#define EVENKEEL_SERVER_METRICS_INTERNAL_H

#include "object/kinds.h"
#include "server/metrics.h"

#include <pthread.h>

enum {
    METRICS_KINDS_MAX = 33, // the table's, and one for all others
    METRICS_OPERATIONS = OPERATION_CONNECT + 1,
    METRICS_DURATIONS = 13,
    METRICS_SIZES = 10,
    METRICS_STATUSES = 8,
};

extern const uint64_t metrics_durations[METRICS_DURATIONS]; // upper bounds in nanoseconds
extern const uint64_t metrics_sizes[METRICS_SIZES];         // upper bounds in bytes
extern const int metrics_statuses[METRICS_STATUSES];        // 0: any other

// One thread's counters. It alone writes them; scrapes read them with relaxed atomics.
struct metrics_thread {
    uint64_t requests[METRICS_OPERATIONS][METRICS_KINDS_MAX][METRICS_OUTCOMES_COUNT];
    uint64_t outcomes[RULES_MAX][VERDICTS_COUNT][REASONS_COUNT];
    uint64_t passed_over[REASONS_COUNT]; // whole objects
    uint64_t statuses[METRICS_STATUSES];
    uint64_t durations[METRICS_DURATIONS + 1]; // the last: above all bounds
    uint64_t duration_sum;                     // nanoseconds
    uint64_t sizes[METRICS_SIZES + 1];
    uint64_t size_sum;
    uint64_t warnings;
    uint64_t releases[RELEASE_EVENTS_COUNT];
    uint64_t events[HTTP_EVENTS_COUNT];
    uint64_t handshake_failures[TLS_FAILURES_COUNT];
} __attribute__((aligned(64)));

struct metrics {
    const struct rules *rules;
    unsigned thread_count;
    uint64_t reloads[2][2]; // [enum metrics_reload][accepted]
    bool refused[2];        // whether the last one was
    int64_t not_after;
    int64_t ca_not_after; // 0: there is no CA
    bool ready;
    pthread_mutex_t mutex; // of policy_hash
    char policy_hash[32];
    struct metrics_thread *threads;
};

#endif
