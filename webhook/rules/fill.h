// The forms of value that several rules write, on top of run_fill(). It does not decide whether a
// value fits: each rule does.
#ifndef EVENKEEL_RULES_FILL_H
#define EVENKEEL_RULES_FILL_H

#include "run/run.h"

// run_fill() with a number.
struct finding fill_integer(struct run *run, struct place *place, const char *api_default,
                            int32_t number);

// The same for a number for which the API or the kind's controller takes `api_default` if the place
// is empty. Nothing is written into an empty place that already means the number.
struct finding fill_beyond_default(struct run *run, struct place *place, const char *api_default,
                                   int32_t number);

// run_fill() with `text` as a JSON string. It must be valid UTF-8. An absent `text` means that
// memory is short.
struct finding fill_string(struct run *run, struct place *place, const char *api_default,
                           struct slice text);

// run_fill() with `text` at the annotation `key` of `annotations`, the place of a map of
// annotations. `key` is borrowed as long as the plan is used.
struct finding fill_annotation(struct run *run, struct place *annotations, struct slice key,
                               struct slice text);

// For a value that does not fit: the user's own value stays (kept, user-set). evenkeel's value from
// an earlier request is removed, and the finding is skipped with `reason`.
struct finding fill_withhold(struct run *run, struct place *place, const char *api_default,
                             enum reason reason);

// The number that `place` will have, planned or already there. `fallback` if there is none. A
// decided value of the budget is not written if its rule only observes.
int64_t fill_number_after(const struct place *place, int64_t fallback);

// One finding for two places of one rule. A written value says more than one that was not written,
// a reason to skip says more than a kept value, and a value that was already as wanted says least.
struct finding fill_combine(struct finding a, struct finding b);

#endif
