// From one HTTP request to its answer: routes it, and lets the engine answer a review. It logs and
// counts nothing.
#ifndef EVENKEEL_SERVER_ANSWER_H
#define EVENKEEL_SERVER_ANSWER_H

#include "admit/admit.h"
#include "server/http.h"

// Answers `request` by its snapshot's policy. `answer`'s body is static or borrows from `scratch`,
// and is valid until the next call with it. True if the body was reviewed, readable or not: then
// `admission` is filled in. False if it was not: then `admission` does not change.
bool answer_review(struct scratch *scratch, const struct rules *rules,
                   const struct http_request *request, struct http_answer *answer,
                   struct admission *admission);

// Answers with one line of text.
void answer_text(struct http_answer *answer, int status, const char *reason, struct slice body);

#endif
