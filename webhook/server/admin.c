// Answers of the plain port. See admin.h.
#include "server/admin.h"

#include "server/answer.h"

#include <stdlib.h>

static void answer_metrics(struct admin *admin, struct http_answer *answer)
{
    size_t size = 0;
    free(admin->text);
    admin->text = NULL;
    FILE *stream = open_memstream(&admin->text, &size);
    if (stream)
        metrics_write(admin->metrics, log_dropped(admin->log), stream);
    if (!stream || fclose(stream) != 0) {
        answer_text(answer, 500, "Internal Server Error", SLICE("out of memory\n"));
        return;
    }
    answer_text(answer, 200, "OK", (struct slice){admin->text, size});
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
}

void admin_answer(void *context, unsigned worker, const struct http_request *request,
                  struct http_answer *answer)
{
    struct admin *admin = context;
    (void)worker;
    if (!slice_is(request->method, "GET") && !slice_is(request->method, "HEAD")) {
        answer_text(answer, 405, "Method Not Allowed", SLICE("use GET\n"));
        answer->allow = "GET, HEAD";
    } else if (slice_is(request->path, "/healthz") ||
               (slice_is(request->path, "/readyz") && metrics_is_ready(admin->metrics))) {
        answer_text(answer, 200, "OK", SLICE("ok\n"));
    } else if (slice_is(request->path, "/readyz")) {
        answer_text(answer, 503, "Service Unavailable", SLICE("not ready\n"));
    } else if (slice_is(request->path, "/metrics")) {
        answer_metrics(admin, answer);
    } else {
        answer_text(answer, 404, "Not Found", SLICE("not found: /healthz, /readyz, /metrics\n"));
    }
}

void admin_notice(void *context, unsigned worker, const struct http_notice *notice)
{
    (void)context;
    (void)worker;
    (void)notice;
}
