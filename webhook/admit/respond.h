// The AdmissionReview that is sent back, in the exact form that the API server demands: uid,
// apiVersion and kind; either both patch and patchType, or neither; standard base64.
#ifndef EVENKEEL_ADMIT_RESPOND_H
#define EVENKEEL_ADMIT_RESPOND_H

#include "admit/admit.h"

struct arena;

enum { RESPONSE_SIZE_MAX = 48 * 1024 * 1024 }; // PATCH_SIZE_MAX in base64, and the rest

// Whether the answer admits the object. There is no default.
enum answer { ANSWER_ALLOW = 1, ANSWER_DENY };

// Writes the response for `admission` into `arena`. Returns {NULL, 0} if memory is short. A denial
// has admission->error as its message.
struct slice respond(const struct admission *admission, enum answer answer, struct arena *arena);

#endif
