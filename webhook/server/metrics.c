// Counting. See metrics.h.
#include "server/metrics_internal.h"

#include <stdlib.h>

const uint64_t metrics_durations[METRICS_DURATIONS] = {
    25000,   50000,    100000,   250000,    500000,    1000000,    2500000,
    5000000, 10000000, 25000000, 100000000, 500000000, 2500000000,
};
const uint64_t metrics_sizes[METRICS_SIZES] = {
    1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 8 << 20, 32 << 20,
};
const int metrics_statuses[METRICS_STATUSES] = {200, 400, 404, 405, 413, 415, 417, 0};

struct metrics *metrics_new(const struct rules *rules, unsigned threads)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    struct metrics_thread *counters = aligned_alloc(64, threads * sizeof(*counters));
    if (!metrics || !counters) {
        free(metrics);
        free(counters);
        return NULL;
    }
    memset(counters, 0, threads * sizeof(*counters));
    metrics->rules = rules;
    metrics->thread_count = threads;
    metrics->threads = counters;
    pthread_mutex_init(&metrics->mutex, NULL);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    pthread_mutex_destroy(&metrics->mutex);
    free(metrics->threads);
    free(metrics);
}

// Only this thread writes the counter, so no read-modify-write is needed.
static void count(uint64_t *counter, uint64_t number)
{
    __atomic_store_n(counter, *counter + number, __ATOMIC_RELAXED);
}

static unsigned bucket(const uint64_t *bounds, unsigned bound_count, uint64_t value)
{
    unsigned i = 0;
    while (i < bound_count && value > bounds[i])
        i++;
    return i;
}

enum metrics_outcome metrics_outcome(const struct admission *admission)
{
    if (!admission->allowed)
        return METRICS_DENIED;
    if (admission->reason == REASON_UNREADABLE || admission->reason == REASON_MALFORMED ||
        admission->reason == REASON_EDITED_TWICE || admission->reason == REASON_OUT_OF_MEMORY)
        return METRICS_UNREADABLE;
    if (admission->patch.size > 0)
        return METRICS_PATCHED;
    return admission->reason == REASON_NONE ? METRICS_UNCHANGED : METRICS_SKIPPED;
}

const char *metrics_operation_name(enum operation operation)
{
    static const char *const names[] = {"OTHER", "CREATE", "UPDATE", "DELETE", "CONNECT"};
    return (unsigned)operation < METRICS_OPERATIONS ? names[operation] : "OTHER";
}

static unsigned kind_index(struct slice name)
{
    const struct kind *kind = kind_named(name);
    unsigned index = kind ? (unsigned)(kind - kinds_table) : METRICS_KINDS_MAX - 1;
    return index < METRICS_KINDS_MAX ? index : METRICS_KINDS_MAX - 1;
}

static void count_outcome(const struct metrics *metrics, struct metrics_thread *counters,
                          const struct outcome *outcome)
{
    for (uint32_t i = 0; i < metrics->rules->count && i < RULES_MAX; i++) {
        if (metrics->rules->items[i] == outcome->rule) {
            count(&counters->outcomes[i][outcome->finding.verdict][outcome->finding.reason], 1);
            return;
        }
    }
}

static void count_admission(const struct metrics *metrics, struct metrics_thread *counters,
                            const struct admission *admission)
{
    unsigned kind = kind_index(admission->kind);
    count(&counters->requests[admission->operation][kind][metrics_outcome(admission)], 1);
    count(&counters->warnings, admission->warning_count);
    if (!admission->dry_run)
        count(&counters->releases[admission->release], 1);
    if (admission->reason != REASON_NONE)
        count(&counters->passed_over[admission->reason], 1);
    for (uint32_t i = 0; i < admission->outcome_count; i++)
        count_outcome(metrics, counters, &admission->outcomes[i]);
}

static void count_status(struct metrics_thread *counters, int status)
{
    unsigned i = 0;
    while (i < METRICS_STATUSES - 1 && metrics_statuses[i] != status)
        i++;
    count(&counters->statuses[i], 1);
}

void metrics_request(struct metrics *metrics, unsigned thread, int status, size_t body_size,
                     uint64_t nanoseconds, const struct admission *admission)
{
    struct metrics_thread *counters = &metrics->threads[thread];
    count_status(counters, status);
    if (!admission)
        return;
    count(&counters->durations[bucket(metrics_durations, METRICS_DURATIONS, nanoseconds)], 1);
    count(&counters->duration_sum, nanoseconds);
    count(&counters->sizes[bucket(metrics_sizes, METRICS_SIZES, body_size)], 1);
    count(&counters->size_sum, body_size);
    count_admission(metrics, counters, admission);
}

void metrics_notice(struct metrics *metrics, unsigned thread, const struct http_notice *notice)
{
    struct metrics_thread *counters = &metrics->threads[thread];
    count(&counters->events[notice->event], 1);
    if (notice->event == HTTP_FAILED)
        count(&counters->handshake_failures[notice->number], 1);
    if (notice->event == HTTP_REFUSED)
        count_status(counters, notice->number);
}

void metrics_reload(struct metrics *metrics, enum metrics_reload what, bool accepted)
{
    count(&metrics->reloads[what][accepted], 1);
    __atomic_store_n(&metrics->refused[what], !accepted, __ATOMIC_RELAXED);
}

void metrics_policy(struct metrics *metrics, struct slice policy_hash)
{
    pthread_mutex_lock(&metrics->mutex);
    snprintf(metrics->policy_hash, sizeof(metrics->policy_hash), "%.*s", (int)policy_hash.size,
             policy_hash.data);
    pthread_mutex_unlock(&metrics->mutex);
}

void metrics_certificate(struct metrics *metrics, int64_t not_after, int64_t ca_not_after)
{
    __atomic_store_n(&metrics->ca_not_after, ca_not_after, __ATOMIC_RELAXED);
    __atomic_store_n(&metrics->not_after, not_after, __ATOMIC_RELAXED);
}

void metrics_ready(struct metrics *metrics, bool ready)
{
    __atomic_store_n(&metrics->ready, ready, __ATOMIC_RELAXED);
}

bool metrics_is_ready(const struct metrics *metrics)
{
    return __atomic_load_n(&metrics->ready, __ATOMIC_RELAXED);
}
