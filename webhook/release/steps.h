// The steps of a batched release: how many pods run the new version while each step is held.
#ifndef EVENKEEL_RELEASE_STEPS_H
#define EVENKEEL_RELEASE_STEPS_H

#include "base/error.h"
#include "policy/settings.h"

enum { STEPS_MAX = 32 };

// The steps as somebody wrote them: pods or shares of them, increasing, and 100% at the end.
struct steps {
    struct int_or_percent items[STEPS_MAX];
    uint32_t count;
};

// Reads steps such as {"1", "50%"}. A list that does not end in 100% gets it. An empty list stays
// empty. Returns 0, or -1 with the problem in `error`: a step that is not a positive number or a
// share up to 100%, more than STEPS_MAX, or two of one sort that do not increase.
int steps_parse(struct steps *steps, struct slices words, struct error *error);

// The same from one text, such as "1,50%,100%".
int steps_parse_text(struct steps *steps, struct slice text, struct error *error);

// The number of pods of the new version while step `step` (from 1) of a release of `replicas` pods
// is held. Shares round up. Step 0 has none.
int64_t steps_pods(const struct steps *steps, uint32_t step, int64_t replicas);

// The first step after `step` that has more pods than it, at `replicas` pods. 0 if there is none.
uint32_t steps_next(const struct steps *steps, uint32_t step, int64_t replicas);

// A Deployment's surge pair while a step is held, and what its controller computes from it:
// maxSurge rounds up, maxUnavailable rounds down (ResolveFenceposts in the deployment controller).
struct steps_hold {
    int64_t surge, unavailable; // percent
    int64_t pods;               // of the new version; steps_pods() wherever there are up to 100
};

// How step `step` is held if it was approved from step `from` (0: it is the first). Never more old
// pods may stop than that step had new ones, because only those were verified. Above 100 pods, one
// percent is more than one pod, and a step has as many pods as whole percents give.
struct steps_hold steps_hold(const struct steps *steps, uint32_t step, uint32_t from,
                             int64_t replicas);

// Writes them as one text.
void steps_write(struct text *text, const struct steps *steps);

#endif
