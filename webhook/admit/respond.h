// The AdmissionReview that is sent back, in the exact form that the apiserver demands
// (KUBERNETES.md of the API: uid, apiVersion, kind; patch and patchType both or neither; standard
// base64).
#ifndef EVENKEEL_ADMIT_RESPOND_H
#define EVENKEEL_ADMIT_RESPOND_H

#include "admit/admit.h"

struct arena;

enum { RESPONSE_SIZE_MAX = 48 * 1024 * 1024 }; // PATCH_SIZE_MAX in base64, and the rest

// Whether the answer admits the object; there is no default.
enum answer { ANSWER_ALLOW = 1, ANSWER_DENY };

// Writes the response for what `admission` says into `arena`. {NULL, 0} when memory is short. A
// denial carries admission->error as its message.
struct slice respond(const struct admission *admission, enum answer answer, struct arena *arena);

#endif
