// Routing, and the texts of refusals. A user sees them when the API server passes them on, so they
// say what to do, and nothing about the inside. See answer.h.
#include "server/answer.h"

#include <strings.h>

void answer_text(struct http_answer *answer, int status, const char *reason, struct slice body)
{
    *answer = (struct http_answer){
        .status = status,
        .reason = reason,
        .content_type = "text/plain; charset=utf-8",
        .body = body,
    };
}

// RFC 9110 section 8.3.1: case does not matter, parameters may follow.
static bool is_json(struct slice type)
{
    static const char json[] = "application/json";
    const size_t size = sizeof(json) - 1;
    if (type.size < size || strncasecmp(type.data, json, size) != 0)
        return false;
    return type.size == size || strchr("; \t", type.data[size]) != NULL;
}

// Whether the request may hold a review. If not, `answer` says why.
static bool accept_request(const struct http_request *request, struct http_answer *answer)
{
    if (!slice_is(request->path, "/mutate")) {
        answer_text(answer, 404, "Not Found", SLICE("not found: reviews go to /mutate\n"));
        return false;
    }
    if (!slice_is(request->method, "POST")) {
        answer_text(answer, 405, "Method Not Allowed", SLICE("send reviews with POST\n"));
        answer->allow = "POST";
        return false;
    }
    if (!is_json(request->content_type)) {
        answer_text(answer, 415, "Unsupported Media Type",
                    SLICE("send reviews as Content-Type: application/json\n"));
        return false;
    }
    return true;
}

bool answer_review(struct scratch *scratch, const struct rules *rules,
                   const struct http_request *request, struct http_answer *answer,
                   struct admission *admission)
{
    if (!accept_request(request, answer))
        return false;
    admit(scratch, rules, snapshot_policy(request->snapshot), request->body, admission);
    if (admission->response.size == 0) {
        answer_text(answer, 400, "Bad Request",
                    SLICE("the body is not an AdmissionReview with a readable request.uid\n"));
        return true;
    }
    *answer = (struct http_answer){
        .status = 200,
        .reason = "OK",
        .content_type = "application/json",
        .body = admission->response,
    };
    return true;
}
