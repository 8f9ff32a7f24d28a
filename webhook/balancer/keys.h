// The annotations that load balancer controllers read, as names and tables. Nothing here looks at
// an object. Sources: the cloud-controller-manager (CCM) of Alibaba Cloud, 2.14.0, packages
// annotation, helper and model; https://www.alibabacloud.com/help/en/ack/ (Service annotations).
#ifndef EVENKEEL_BALANCER_KEYS_H
#define EVENKEEL_BALANCER_KEYS_H

#include "base/text.h"

#define ALIBABA_BACKEND_TYPE "service.beta.kubernetes.io/backend-type"
// Every other annotation of the CCM is this and a word; so are, on older Services, those with the
// legacy prefix. The CCM reads the new one first.
#define ALIBABA_PREFIX "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-"
#define ALIBABA_LEGACY_PREFIX "service.beta.kubernetes.io/alicloud-loadbalancer-"
#define ALIBABA_CLASS "service.beta.kubernetes.io/class"
#define ALIBABA_NLB_CLASS "alibabacloud.com/nlb"
// A pod's readiness gate; behind it stands the Service's name. CCM 2.10 or newer sets it.
#define ALIBABA_GATE "service.readiness.alibabacloud.com/"

// The bounds of a drain's time-out in seconds; the CCM refuses the whole Service beyond.
enum { ALIBABA_DRAIN_MIN = 10, ALIBABA_DRAIN_MAX = 900 };

// The CCM looks at the readiness gates this often, so each pod is ready so much later at worst.
enum { ALIBABA_GATE_SECONDS = 10 };

// The part of a CCM's key after its prefix, either one. {NULL, 0} for any other key.
struct slice alibaba_word(struct slice key);

// Whether a key belongs to the CCM: only a Service that it serves has a use for it.
bool alibaba_is_key(struct slice key);

// Why `key` must not be written into a Service that already has its load balancer, as the end of a
// sentence about the key. NULL: there is no known reason.
const char *balancer_immutable(struct slice key);

// Which rule decides about `key` (its name); NULL: none does.
const char *balancer_rule(struct slice key);

#endif
