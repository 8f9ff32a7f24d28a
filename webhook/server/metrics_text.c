// The Prometheus text: one function for each family. A row is written only once it has counted
// something, but for rows that alerts are made of, which start at 0. See metrics.h.
#include "server/metrics_internal.h"

static uint64_t load(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

// Adds one counter up over all threads. `offset` is its place in struct metrics_thread.
static uint64_t total_at(const struct metrics *metrics, size_t offset)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < metrics->thread_count; i++)
        total += load((const uint64_t *)((const char *)&metrics->threads[i] + offset));
    return total;
}

#define TOTAL(metrics, member)                                                                     \
    total_at(metrics, (size_t)((const char *)&(metrics)->threads[0].member -                       \
                               (const char *)&(metrics)->threads[0]))

static void write_family(FILE *stream, const char *name, const char *type, const char *help)
{
    fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_single(FILE *stream, const char *name, const char *type, const char *help,
                         uint64_t value)
{
    write_family(stream, name, type, help);
    fprintf(stream, "%s %llu\n", name, (unsigned long long)value);
}

static const char *outcome_name(unsigned outcome)
{
#define METRICS_OUTCOME_NAME(id, name) [id] = (name),
    static const char *const names[] = {METRICS_OUTCOMES(METRICS_OUTCOME_NAME)};
#undef METRICS_OUTCOME_NAME
    return names[outcome];
}

static void write_kind(const struct metrics *metrics, FILE *stream, unsigned operation,
                       unsigned kind)
{
    bool other = kind >= kinds_count || kind == METRICS_KINDS_MAX - 1;
    for (unsigned outcome = 0; outcome < METRICS_OUTCOMES_COUNT; outcome++) {
        uint64_t value = TOTAL(metrics, requests[operation][kind][outcome]);
        if (value > 0)
            fprintf(stream,
                    "evenkeel_reviews_total{operation=\"%s\",kind=\"%s\",outcome=\"%s\"} %llu\n",
                    metrics_operation_name(operation), other ? "other" : kinds_table[kind].name,
                    outcome_name(outcome), (unsigned long long)value);
    }
}

static void write_reviews(const struct metrics *metrics, FILE *stream)
{
    write_family(stream, "evenkeel_reviews_total", "counter",
                 "Admission reviews answered, by their outcome.");
    for (unsigned operation = 0; operation < METRICS_OPERATIONS; operation++) {
        for (unsigned kind = 0; kind < METRICS_KINDS_MAX; kind++)
            write_kind(metrics, stream, operation, kind);
    }
}

static void write_rule(const struct metrics *metrics, FILE *stream, unsigned rule, unsigned verdict)
{
    for (unsigned reason = 0; reason < REASONS_COUNT; reason++) {
        uint64_t value = TOTAL(metrics, outcomes[rule][verdict][reason]);
        if (value > 0)
            fprintf(stream,
                    "evenkeel_outcomes_total{rule=\"%s\",verdict=\"%s\",reason=\"%s\"} %llu\n",
                    metrics->rules->items[rule]->name, verdict_name(verdict), reason_name(reason),
                    (unsigned long long)value);
    }
}

static void write_outcomes(const struct metrics *metrics, FILE *stream)
{
    write_family(stream, "evenkeel_outcomes_total", "counter",
                 "What each rule did to its targets, and why.");
    for (unsigned rule = 0; rule < metrics->rules->count && rule < RULES_MAX; rule++) {
        for (unsigned verdict = 0; verdict < VERDICTS_COUNT; verdict++)
            write_rule(metrics, stream, rule, verdict);
    }
    write_family(stream, "evenkeel_objects_passed_over_total", "counter",
                 "Reviews in which no rule ran, and why.");
    for (unsigned reason = 0; reason < REASONS_COUNT; reason++) {
        uint64_t value = TOTAL(metrics, passed_over[reason]);
        if (value > 0)
            fprintf(stream, "evenkeel_objects_passed_over_total{reason=\"%s\"} %llu\n",
                    reason_name(reason), (unsigned long long)value);
    }
}

// Bounds and sum are divided by `unit` on the way out: durations are kept in nanoseconds.
static void write_histogram(const struct metrics *metrics, FILE *stream, const char *name,
                            const uint64_t *bounds, unsigned count, size_t buckets, size_t sum,
                            double unit)
{
    uint64_t below = 0;
    for (unsigned i = 0; i <= count; i++) {
        below += total_at(metrics, buckets + i * sizeof(uint64_t));
        if (i < count)
            fprintf(stream, "%s_bucket{le=\"%.10g\"} %llu\n", name, (double)bounds[i] / unit,
                    (unsigned long long)below);
    }
    fprintf(stream, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)below);
    fprintf(stream, "%s_sum %.10g\n", name, (double)total_at(metrics, sum) / unit);
    fprintf(stream, "%s_count %llu\n", name, (unsigned long long)below);
}

static void write_histograms(const struct metrics *metrics, FILE *stream)
{
    write_family(stream, "evenkeel_review_duration_seconds", "histogram",
                 "Time from a review's last byte until its answer is made.");
    write_histogram(metrics, stream, "evenkeel_review_duration_seconds", metrics_durations,
                    METRICS_DURATIONS, offsetof(struct metrics_thread, durations),
                    offsetof(struct metrics_thread, duration_sum), 1e9);
    write_family(stream, "evenkeel_review_body_bytes", "histogram", "Sizes of review bodies.");
    write_histogram(metrics, stream, "evenkeel_review_body_bytes", metrics_sizes, METRICS_SIZES,
                    offsetof(struct metrics_thread, sizes),
                    offsetof(struct metrics_thread, size_sum), 1);
}

static void write_http(const struct metrics *metrics, FILE *stream)
{
    write_family(stream, "evenkeel_http_responses_total", "counter",
                 "HTTP answers by status. A 400 to a request that is not HTTP is not counted.");
    for (unsigned i = 0; i < METRICS_STATUSES; i++) {
        char code[16] = "other";
        if (metrics_statuses[i])
            snprintf(code, sizeof(code), "%d", metrics_statuses[i]);
        fprintf(stream, "evenkeel_http_responses_total{code=\"%s\"} %llu\n", code,
                (unsigned long long)TOTAL(metrics, statuses[i]));
    }
    // Ended before begun, and closed before opened: a difference can then not be negative.
    uint64_t ended = TOTAL(metrics, events[HTTP_ENDED]);
    write_single(stream, "evenkeel_requests_in_flight", "gauge",
                 "Requests that were read and whose answer is not written yet.",
                 TOTAL(metrics, events[HTTP_BEGAN]) - ended);
    uint64_t closed = TOTAL(metrics, events[HTTP_CLOSED]);
    uint64_t opened = TOTAL(metrics, events[HTTP_OPENED]);
    write_single(stream, "evenkeel_connections", "gauge", "Open connections.", opened - closed);
    write_single(stream, "evenkeel_connections_total", "counter", "Connections accepted.", opened);
}

static void write_connections(const struct metrics *metrics, FILE *stream)
{
    static const char *const cuts[] = {
        [HTTP_CUT_IDLE] = "idle",         [HTTP_CUT_HANDSHAKE] = "slow-handshake",
        [HTTP_CUT_READ] = "slow-request", [HTTP_CUT_WRITE] = "slow-reader",
        [HTTP_CUT_MEMORY] = "memory",     [HTTP_CUT_EVICTED] = "evicted",
    };
    write_family(stream, "evenkeel_connections_cut_total", "counter",
                 "Connections that the server ended, and why.");
    for (unsigned event = HTTP_CUT_IDLE; event < HTTP_EVENTS_COUNT; event++)
        fprintf(stream, "evenkeel_connections_cut_total{reason=\"%s\"} %llu\n", cuts[event],
                (unsigned long long)TOTAL(metrics, events[event]));
    write_family(stream, "evenkeel_tls_handshake_failures_total", "counter",
                 "TLS handshakes that failed, and why.");
    for (unsigned failure = 0; failure < TLS_FAILURES_COUNT; failure++)
        fprintf(stream, "evenkeel_tls_handshake_failures_total{reason=\"%s\"} %llu\n",
                tls_failure_name(failure),
                (unsigned long long)TOTAL(metrics, handshake_failures[failure]));
}

static void write_releases(const struct metrics *metrics, FILE *stream)
{
    write_family(
        stream, "evenkeel_releases_total", "counter",
        "Events of batched releases, counted at the review that decided them, without dry runs.");
    for (unsigned event = RELEASE_NONE + 1; event < RELEASE_EVENTS_COUNT; event++)
        fprintf(stream, "evenkeel_releases_total{event=\"%s\"} %llu\n", release_event_name(event),
                (unsigned long long)TOTAL(metrics, releases[event]));
}

static void write_reloads(const struct metrics *metrics, FILE *stream)
{
    static const char *const whats[] = {"policy", "certificate"};
    static const char *const results[] = {"refused", "ok"};
    write_family(stream, "evenkeel_reloads_total", "counter",
                 "Reloads of changed files. After a refused one, the old files are used.");
    for (unsigned what = 0; what < 2; what++) {
        for (unsigned result = 0; result < 2; result++)
            fprintf(stream, "evenkeel_reloads_total{what=\"%s\",result=\"%s\"} %llu\n", whats[what],
                    results[result], (unsigned long long)load(&metrics->reloads[what][result]));
    }
    // An alert on the counter would end by itself although the bad file is still there.
    write_family(stream, "evenkeel_last_reload_successful", "gauge",
                 "Whether the present files are used.");
    for (unsigned what = 0; what < 2; what++)
        fprintf(stream, "evenkeel_last_reload_successful{what=\"%s\"} %d\n", whats[what],
                !__atomic_load_n(&metrics->refused[what], __ATOMIC_RELAXED));
}

static void write_infos(struct metrics *metrics, FILE *stream)
{
    write_family(stream, "evenkeel_build_info", "gauge", "Always 1. The label has the version.");
    fprintf(stream, "evenkeel_build_info{version=\"%s\"} 1\n", EVENKEEL_VERSION);
    write_family(stream, "evenkeel_policy_info", "gauge",
                 "Always 1. The label has the hash of the policy that is used.");
    pthread_mutex_lock(&metrics->mutex);
    fprintf(stream, "evenkeel_policy_info{hash=\"%s\"} 1\n", metrics->policy_hash);
    pthread_mutex_unlock(&metrics->mutex);
    write_single(stream, "evenkeel_certificate_not_after_timestamp_seconds", "gauge",
                 "When the serving certificate ends, in Unix time.",
                 (uint64_t)__atomic_load_n(&metrics->not_after, __ATOMIC_RELAXED));
    uint64_t ca_not_after = (uint64_t)__atomic_load_n(&metrics->ca_not_after, __ATOMIC_RELAXED);
    if (ca_not_after > 0)
        write_single(stream, "evenkeel_ca_not_after_timestamp_seconds", "gauge",
                     "When the CA of --ca ends, in Unix time.", ca_not_after);
    write_single(stream, "evenkeel_ready", "gauge", "Whether /readyz reports ready.",
                 metrics_is_ready(metrics));
}

void metrics_write(const struct metrics *metrics, uint64_t log_dropped, FILE *stream)
{
    write_reviews(metrics, stream);
    write_outcomes(metrics, stream);
    write_histograms(metrics, stream);
    write_http(metrics, stream);
    write_connections(metrics, stream);
    write_single(stream, "evenkeel_warnings_total", "counter",
                 "Warnings sent to users with an answer.", TOTAL(metrics, warnings));
    write_releases(metrics, stream);
    write_reloads(metrics, stream);
    write_infos((struct metrics *)metrics, stream); // its mutex
    write_single(stream, "evenkeel_log_dropped_total", "counter",
                 "Log lines dropped because nobody read them in time.", log_dropped);
}
