// The second port, without TLS: /healthz, /readyz and /metrics. It has its own thread, so that it
// answers while all workers are busy.
#ifndef EVENKEEL_SERVER_ADMIN_H
#define EVENKEEL_SERVER_ADMIN_H

#include "server/http.h"
#include "server/log.h"
#include "server/metrics.h"

struct admin {
    const struct metrics *metrics;
    const struct log *log;
    FILE *stream; // over `text`; NULL before the first metrics answer
    char *text;   // the last one, `size` bytes
    size_t size;
};

// struct http_options' callbacks; `context` is a struct admin. One thread only.
void admin_answer(void *context, unsigned worker, const struct http_request *request,
                  struct http_answer *answer);
void admin_notice(void *context, unsigned worker, const struct http_notice *notice);

#endif
