// The engine: it turns one AdmissionReview into one answer. It is pure: it reads no clock, file or
// environment, keeps no state between calls and logs nothing. The server, preview, `check --test`,
// fuzzers and benchmarks share it.
#ifndef EVENKEEL_ADMIT_ADMIT_H
#define EVENKEEL_ADMIT_ADMIT_H

#include "object/review.h"
#include "release/event.h"
#include "run/outcome.h"

// Everything that is known about one review after it was answered. Slices borrow from the body or
// from the scratch: they are valid until the next admit() with the same scratch.
struct admission {
    struct slice uid;
    struct slice kind;      // as the request says, "" when unreadable
    struct slice namespace; // of the request
    struct slice name;      // metadata.name, or generateName, or ""
    enum operation operation;
    bool dry_run;
    bool allowed;
    // REASON_NONE if the rules ran, else the reason why the whole object was passed over.
    enum reason reason;
    struct error error; // set with REASON_UNREADABLE and REASON_MALFORMED
    const struct outcome *outcomes;
    uint32_t outcome_count;
    uint32_t outcomes_dropped;
    const struct slice *warnings;
    uint32_t warning_count;
    struct slice note; // told once, on a CREATE: what was injected, and how to leave it out
    enum release_event release; // what this answer does to a batched release
    struct slice approver;      // who approved it; empty: nobody did
    struct slice patch;         // the JSON Patch (RFC 6902) in plain JSON; empty: none
    struct slice
        response; // the whole AdmissionReview to send; empty: no uid could be read, answer 400
    const struct run *run; // plan, facts and budget, for preview; NULL when no rule ran
};

struct run;

// Memory of one thread's reviews, kept between calls.
struct scratch;
struct scratch *scratch_new(void); // NULL when memory is short
void scratch_free(struct scratch *scratch);

// Sets the caller's own warning. Each answer with a patch has it in addition to the warnings of
// rules, and it is cut as those are. It stays until this is called again. The empty slice means
// none, which is also the state at first. `text` is borrowed.
void scratch_notice(struct scratch *scratch, struct slice text);

// Answers the review in `body` (at most 64 MiB) by `policy`, and runs `rules` (the table that the
// policy was loaded with). `body` must not change as long as `admission` is used. It always fills
// in `admission`. If something cannot be read or done, the answer is `allowed: true`, unless the
// policy says onError: deny. If there is a patch, it always applies.
void admit(struct scratch *scratch, const struct rules *rules, const struct policy *policy,
           struct slice body, struct admission *admission);

#endif
