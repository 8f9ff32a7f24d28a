// The results of `evenkeel status` and `evenkeel explain`: one line for each check.
#ifndef EVENKEEL_LIVE_FINDINGS_H
#define EVENKEEL_LIVE_FINDINGS_H

#include "cluster/kubectl.h"

enum finding_level { FOUND_FINE, FOUND_UNKNOWN, FOUND_DOUBTFUL, FOUND_BROKEN, FOUND_LEVELS };

struct findings {
    bool json;
    json_t *list;                  // with `json`; owned by the caller
    unsigned counts[FOUND_LEVELS]; // by level
};

// Reports one check's result. `advice` says what to do, and where that is documented; NULL:
// nothing.
void found(struct findings *findings, enum finding_level level, const char *check,
           const char *advice, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
