// What happens with each request and each event on the wire: it is answered, counted and logged.
// This connects http, answer, metrics and log. It decides nothing.
#ifndef EVENKEEL_SERVER_HANDLER_H
#define EVENKEEL_SERVER_HANDLER_H

#include "admit/admit.h"
#include "server/http.h"
#include "server/log.h"
#include "server/metrics.h"

struct handler_state {
    const struct rules *rules;
    struct log *log; // ring i is thread i's
    struct metrics *metrics;
    struct scratch *scratches[HTTP_THREADS_MAX];
    uint64_t failures_logged_at[HTTP_THREADS_MAX]; // ms
    _Atomic uint64_t notice_at;                    // ns: no answer before carries a notice
};

// struct http_options' callbacks; `context` is a struct handler_state.
void handler_answer(void *context, unsigned worker, const struct http_request *request,
                    struct http_answer *answer);
void handler_notice(void *context, unsigned worker, const struct http_notice *notice);

#endif
