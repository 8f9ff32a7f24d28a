// Answers, counts and logs one request. See handler.h.
#include "server/handler.h"

#include "server/answer.h"

#include <stdatomic.h>
#include <time.h>

enum {
    FAILURES_LOGGED_MS = 100, // at most one failed handshake is logged in so long, for each thread
    // One answer in this time tells users about the server itself, so that they see it and are not
    // disturbed.
    NOTICE_SECONDS = 60,
};

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// A part of an outcome's text, cut if the text is full.
static void outcome_add(char *text, size_t *size, struct slice part)
{
    size_t room = LOG_STRING_MAX - *size;
    size_t taken = part.size < room ? part.size : room;
    if (taken > 0)
        memcpy(text + *size, part.data, taken);
    *size += taken;
}

// "readinessProbe/app=injected:unset", or without the container for outcomes of the object itself.
// An annotation that names no setting has no rule.
static void log_outcome(struct log_line *line, const struct outcome *outcome)
{
    char text[LOG_STRING_MAX] __attribute__((uninitialized));
    size_t size = 0;
    outcome_add(text, &size, slice_of(outcome->rule ? outcome->rule->name : "annotation"));
    outcome_add(text, &size, slice_of(outcome->container.size > 0 ? "/" : ""));
    outcome_add(text, &size, outcome->container);
    outcome_add(text, &size, SLICE("="));
    outcome_add(text, &size, slice_of(verdict_name(outcome->finding.verdict)));
    outcome_add(text, &size, SLICE(":"));
    outcome_add(text, &size, slice_of(reason_name(outcome->finding.reason)));
    log_list_item(line, (struct slice){text, size});
}

static void log_admission(struct log_line *line, const struct admission *admission)
{
    log_string(line, "uid", admission->uid);
    log_string(line, "operation", slice_of(metrics_operation_name(admission->operation)));
    log_string(line, "kind", admission->kind);
    log_string(line, "namespace", admission->namespace);
    log_string(line, "name", admission->name);
    log_boolean(line, "dry_run", admission->dry_run);
    log_boolean(line, "allowed", admission->allowed);
    log_boolean(line, "patched", admission->patch.size > 0);
    log_string(line, "reason", slice_of(reason_name(admission->reason)));
    if (admission->error.set)
        log_string(line, "error", slice_of(admission->error.text));
    if (admission->release != RELEASE_NONE)
        log_string(line, "release", slice_of(release_event_name(admission->release)));
    if (admission->approver.size > 0)
        log_string(line, "approver", admission->approver);
    log_integer(line, "warnings", admission->warning_count);
    if (admission->outcomes_dropped > 0)
        log_integer(line, "rules_dropped", admission->outcomes_dropped);
}

static void log_outcomes(struct log_line *line, const struct admission *admission)
{
    log_list_begin(line, "rules");
    for (uint32_t i = 0; i < admission->outcome_count; i++)
        log_outcome(line, &admission->outcomes[i]);
    log_list_end(line);
}

static void log_request(const struct handler_state *state, unsigned worker,
                        const struct http_request *request, const struct http_answer *answer,
                        uint64_t nanoseconds, const struct admission *admission)
{
    struct log_line line __attribute__((uninitialized)); // 8 KiB, of which little is used
    bool fine = admission && admission->error.set == false && answer->status == 200;
    log_begin(&line, state->log, worker, fine ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
              admission ? "review" : "request refused");
    if (admission) {
        log_admission(&line, admission);
    } else {
        log_string(&line, "method", request->method);
        log_string(&line, "path", request->path);
    }
    log_integer(&line, "status", answer->status);
    log_integer(&line, "body_bytes", (int64_t)request->body.size);
    log_integer(&line, "duration_us", (int64_t)(nanoseconds / 1000));
    // Last, as it alone can be too long for the line.
    if (admission)
        log_outcomes(&line, admission);
    log_end(&line);
}

// Adds the snapshot's notice to the next answer of `scratch`, if it is time for one. Returns
// whether it did.
static bool begin_notice(struct handler_state *state, struct scratch *scratch,
                         const struct snapshot *snapshot, uint64_t now)
{
    struct slice notice = snapshot_notice(snapshot);
    uint64_t at = notice.size > 0 ? atomic_load(&state->notice_at) : UINT64_MAX;
    bool due = now >= at && atomic_compare_exchange_strong(&state->notice_at, &at,
                                                           now + NOTICE_SECONDS * 1000000000ULL);
    scratch_notice(scratch, due ? notice : SLICE(""));
    return due;
}

void handler_answer(void *context, unsigned worker, const struct http_request *request,
                    struct http_answer *answer)
{
    struct handler_state *state = context;
    struct admission admission;
    struct scratch *scratch = state->scratches[worker];
    uint64_t start = clock_ns();
    bool notice = begin_notice(state, scratch, request->snapshot, start);
    bool reviewed = answer_review(scratch, state->rules, request, answer, &admission);
    uint64_t nanoseconds = clock_ns() - start;
    struct admission *known = reviewed ? &admission : NULL;
    if (notice && !(known && known->patch.size > 0))
        atomic_store(&state->notice_at, start); // the next one's
    metrics_request(state->metrics, worker, answer->status, request->body.size, nanoseconds, known);
    log_request(state, worker, request, answer, nanoseconds, known);
}

static void log_failure(struct handler_state *state, unsigned worker,
                        const struct http_notice *notice)
{
    struct log_line line;
    uint64_t now = clock_ns() / 1000000;
    // Anybody can cause failures: the metric counts all of them, and the log shows some.
    if (now - state->failures_logged_at[worker] < FAILURES_LOGGED_MS)
        return;
    state->failures_logged_at[worker] = now;
    // Load balancers and kubelets check whether a port is open: they connect and hang up.
    log_begin(&line, state->log, worker,
              notice->number == TLS_CLOSED ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
              "TLS handshake failed");
    log_string(&line, "peer", slice_of(notice->peer));
    log_string(&line, "reason", slice_of(tls_failure_name((enum tls_failure)notice->number)));
    log_string(&line, "error", slice_of(notice->detail));
    log_end(&line);
}

static void log_refusal(const struct handler_state *state, unsigned worker, int status)
{
    struct log_line line;
    log_begin(&line, state->log, worker, LOG_LEVEL_WARNING, "request refused");
    log_integer(&line, "status", status);
    log_end(&line);
}

void handler_notice(void *context, unsigned worker, const struct http_notice *notice)
{
    struct handler_state *state = context;
    metrics_notice(state->metrics, worker, notice);
    if (notice->event == HTTP_FAILED)
        log_failure(state, worker, notice);
    if (notice->event == HTTP_REFUSED)
        log_refusal(state, worker, notice->number);
}
