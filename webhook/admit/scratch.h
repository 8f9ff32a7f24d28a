// What admit() keeps between calls. It is private to this room: admit.h declares what others may do
// with it.
#ifndef EVENKEEL_ADMIT_SCRATCH_H
#define EVENKEEL_ADMIT_SCRATCH_H

#include "admit/admit.h"
#include "object/review.h"
#include "release/state.h"
#include "run/run.h"

enum {
    TAPE_OF_BODY,
    TAPE_OF_APPLIED, // last-applied-configuration
    TAPE_OF_RECORD,  // our bookkeeping
    TAPE_OF_OLD_RECORD,
    TAPE_OF_OLD_APPLIED,
    TAPE_OF_HISTORY,
    TAPE_OF_ANNOTATIONS, // those that count, where they are others than stand in the request
    TAPE_OF_VALUES,      // what rules write
    TAPES_OF_RELEASE,    // two
    TAPES_COUNT = TAPES_OF_RELEASE + 2,
};

struct scratch {
    struct arena *arena;
    struct tape tapes[TAPES_COUNT];
    struct run run;
    struct release release;                  // of `run`
    struct slice notice;                     // the caller's; empty: none
    char response[REVIEW_UID_MAX * 6 + 256]; // an answer that needs no memory
};

// Forgets the last review, except the notice and `run`.
void scratch_reset(struct scratch *scratch);

// Whether memory was short since then. If it was, something may count as absent only because it
// could not be read.
bool scratch_was_short(const struct scratch *scratch);

#endif
