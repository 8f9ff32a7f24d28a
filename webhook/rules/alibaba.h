// What Alibaba Cloud's cloud-controller-manager (CCM) reads from a Service.
// https://www.alibabacloud.com/help/en/ack/ (Service annotations), and the CCM's source.
#ifndef EVENKEEL_RULES_ALIBABA_H
#define EVENKEEL_RULES_ALIBABA_H

#include "run/run.h"

#define ALIBABA_BACKEND_TYPE "service.beta.kubernetes.io/backend-type"
// Every other annotation of the CCM is this and a word; so are, on older Services, those with the
// legacy prefix. The CCM reads the new one first.
#define ALIBABA_PREFIX "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-"
#define ALIBABA_LEGACY_PREFIX "service.beta.kubernetes.io/alicloud-loadbalancer-"

// Whether the CCM serves this Service at all: REASON_NONE, else REASON_NETWORK (the policy's
// cluster is not Alibaba's), REASON_NOT_LOAD_BALANCER or REASON_FOREIGN_LOAD_BALANCER.
enum reason alibaba_unfit(struct run *run);

// A classic load balancer (CLB); else a network load balancer (NLB). Only for a Service that fits.
bool alibaba_is_classic(const struct facts *facts);

// The text that the annotation `word` will have, of the new prefix, else of the legacy one; {NULL,
// 0} when neither will be there.
struct slice alibaba_annotation(struct run *run, const char *word);

// Whether the user has decided about the annotation at `place`, the place of ALIBABA_PREFIX `word`:
// there, or under the legacy prefix, which a new one would override.
bool alibaba_users_choice(struct run *run, struct place *place, const char *word);

#endif
