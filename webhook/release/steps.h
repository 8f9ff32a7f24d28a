// The steps of a batched release: how many pods run the new version while each is held.
#ifndef EVENKEEL_RELEASE_STEPS_H
#define EVENKEEL_RELEASE_STEPS_H

#include "base/error.h"
#include "policy/settings.h"

enum { STEPS_MAX = 32 };

// As somebody wrote them: pods or shares of them, increasing, the last one 100%.
struct steps {
    struct int_or_percent items[STEPS_MAX];
    uint32_t count;
};

// Reads steps such as {"1", "50%"}; a list that does not end in 100% gets it. None stay none. 0, or
// -1 with what is wrong in `error`: a step that is no positive number or share up to 100%, more
// than STEPS_MAX, or two of one sort that do not increase.
int steps_parse(struct steps *steps, struct slices words, struct error *error);

// The same from one text, "1,50%,100%".
int steps_parse_text(struct steps *steps, struct slice text, struct error *error);

// Pods of the new version while step `step` (from 1) of a release of `replicas` pods is held;
// shares round up. Step 0 has none.
int64_t steps_pods(const struct steps *steps, uint32_t step, int64_t replicas);

// The first step behind `step` that has more pods than it, at `replicas` pods; 0 when none has.
uint32_t steps_next(const struct steps *steps, uint32_t step, int64_t replicas);

// A Deployment's surge pair while a step is held, and what its controller makes of it: maxSurge
// rounds up, maxUnavailable down (ResolveFenceposts in the deployment controller).
struct steps_hold {
    int64_t surge, unavailable; // percent
    int64_t pods;               // of the new version; steps_pods() wherever there are up to 100
};

// How step `step` is held when it was approved from step `from` (0: it is the first). Never more
// old pods may go than that step had new ones: those alone were verified. Beyond 100 pods one
// percent is more than one pod, and a step has what whole percents come to.
struct steps_hold steps_hold(const struct steps *steps, uint32_t step, uint32_t from,
                             int64_t replicas);

// Writes them as one text.
void steps_write(struct text *text, const struct steps *steps);

#endif
