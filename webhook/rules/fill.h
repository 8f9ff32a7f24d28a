// The forms of value that several rules write, on top of run_fill(). It decides nothing about
// fitness: that is each rule's.
#ifndef EVENKEEL_RULES_FILL_H
#define EVENKEEL_RULES_FILL_H

#include "run/run.h"

// run_fill() with a number.
struct finding fill_integer(struct run *run, struct place *place, const char *api_default,
                            int32_t number);

// The same for a number that the API, or the kind's controller, takes to be `api_default` where the
// place is empty: nothing is written into an empty place that means it already.
struct finding fill_beyond_default(struct run *run, struct place *place, const char *api_default,
                                   int32_t number);

// run_fill() with `text`, which must be valid UTF-8, as a JSON string. An absent `text` stands for
// short memory.
struct finding fill_string(struct run *run, struct place *place, const char *api_default,
                           struct slice text);

// run_fill() with `text` at the annotation `key` of `annotations`, the place of a map of
// annotations. `key` is borrowed as long as the plan.
struct finding fill_annotation(struct run *run, struct place *annotations, struct slice key,
                               struct slice text);

// For a value that does not fit: the user's own stands (kept, user-set), ours of an earlier request
// is taken out, and the finding is skipped with `reason`.
struct finding fill_withhold(struct run *run, struct place *place, const char *api_default,
                             enum reason reason);

// The number that will stand at `place`, planned or there already; `fallback` when none does. A
// decided value of the budget is not written where its rule only observes.
int64_t fill_number_after(const struct place *place, int64_t fallback);

// One finding for two places of one rule: what was written says more than what was not, a reason to
// skip says more than a value kept, and a value that was already as wanted says least.
struct finding fill_combine(struct finding a, struct finding b);

#endif
