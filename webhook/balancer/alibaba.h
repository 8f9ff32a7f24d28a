// How Alibaba Cloud's cloud-controller-manager (CCM) sees one Service: whether it serves it, and
// what it will read there after the plan is carried out. It writes nothing.
#ifndef EVENKEEL_BALANCER_ALIBABA_H
#define EVENKEEL_BALANCER_ALIBABA_H

#include "balancer/keys.h"
#include "run/run.h"

// The text that the annotation `key` will have. {NULL, 0} if it will not be there. This includes
// annotations that another rule will write: otherwise evenkeel's own output would be judged
// differently from its input.
struct slice balancer_text(struct run *run, struct place *annotations, struct slice key);

// Whether the CCM serves this Service at all: REASON_NONE, else REASON_NETWORK (the policy's
// cluster is not Alibaba's), REASON_NOT_LOAD_BALANCER or REASON_FOREIGN_LOAD_BALANCER.
enum reason alibaba_unfit(struct run *run);

// Whether the class of this Service, or a tunnel, gives it to another controller.
bool alibaba_is_foreign(struct run *run);

// A classic load balancer (CLB); else a network load balancer (NLB). Only for a Service that fits.
bool alibaba_is_classic(const struct facts *facts);

// Whether the Service has no load balancer yet: it is new, or was of another type until now.
bool alibaba_is_new(const struct facts *facts);

// Whether the Service says that pods are its backends, by their network interfaces (ENI).
bool alibaba_is_eni(struct run *run);

// The text that the annotation `word` will have, of the new prefix, else of the legacy one; {NULL,
// 0} when neither will be there.
struct slice alibaba_annotation(struct run *run, const char *word);

// Whether the annotation `word` will say anything: to the CCM an empty one is none.
bool alibaba_says(struct run *run, const char *word);

// Whether the load balancer is one of the user's, whose listeners the CCM may not change.
bool alibaba_keeps_listeners(struct run *run);

// The scheduler will weigh backends: a classic load balancer's own does not, a network one's does.
bool alibaba_is_weighted(struct run *run);

// Writes the scheduler `wrr` where a classic load balancer has none: what it had before, "rr", is
// blind to weights. Another scheduler stands, the policy's own too. False where the result is
// blind.
bool alibaba_weigh(struct run *run);

// After how many seconds from a pod's deletion the load balancer will cut its last connections; 0:
// it never does, or cannot be told.
int64_t alibaba_drain_seconds(struct run *run);

// Whether the user has decided about the annotation at `place`, the place of ALIBABA_PREFIX `word`:
// there, or under the legacy prefix. Evenkeel's own value of the new prefix would override that
// one, so it is taken out.
bool alibaba_users_choice(struct run *run, struct place *place, struct slice word);

#endif
