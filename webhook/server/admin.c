// Answers of the plain port. See admin.h.
#include "server/admin.h"

#include "server/answer.h"

// Makes the text anew in the stream's buffer. -1 if memory is short. The buffer is kept. fclose()
// cuts it to the text's size, and malloc's thread cache keeps the part that was cut off. If the
// buffer were freed, it would leave a hole too small for the next one, and seven holes for each
// size of a growing text.
static int write_metrics(struct admin *admin)
{
    if (!admin->stream && !(admin->stream = open_memstream(&admin->text, &admin->size)))
        return -1;
    rewind(admin->stream);
    metrics_write(admin->metrics, log_dropped(admin->log), admin->stream);
    return fflush(admin->stream) == 0 && !ferror(admin->stream) ? 0 : -1;
}

static void answer_metrics(struct admin *admin, struct http_answer *answer)
{
    if (write_metrics(admin) < 0) {
        answer_text(answer, 500, "Internal Server Error", SLICE("out of memory\n"));
        return;
    }
    answer_text(answer, 200, "OK", (struct slice){admin->text, admin->size});
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
