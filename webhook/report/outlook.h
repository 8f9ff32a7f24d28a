// What a rolling update of a workload looks like, judged by its manifest alone.
#ifndef EVENKEEL_REPORT_OUTLOOK_H
#define EVENKEEL_REPORT_OUTLOOK_H

#include "base/text.h"

// Why requests are lost, or (the last) answered by fewer pods. In the order in which they are
// shown.
enum loss {
    LOSS_NO_PROBE = 1 << 0,   // a new pod gets requests before it can answer
    LOSS_NO_SLEEP = 1 << 1,   // an old pod ends while requests are still sent to it
    LOSS_NO_DRAIN = 1 << 2,   // SIGKILL follows its sleep at once
    LOSS_RECREATE = 1 << 3,   // all old pods go before a new one comes
    LOSS_FEWER_PODS = 1 << 4, // pods are missing while it rolls
};
enum {
    LOSSES = 5,
    LOSES_REQUESTS = LOSS_NO_PROBE | LOSS_NO_SLEEP | LOSS_NO_DRAIN | LOSS_RECREATE,
};

struct outlook {
    bool serves;       // declares a TCP port, or the caller said so
    int64_t ready;     // seconds until a new pod can be ready by its probes; -1: without a probe
    int32_t min_ready; // seconds
    int32_t sleep;     // of the longest hook, as far as it can be told, at most the grace period
    int32_t drain;     // seconds from SIGTERM to SIGKILL
    int32_t deadline;  // seconds without progress until it fails; 0: none
    int64_t replicas;
    int64_t unavailable; // pods that may be missing
    unsigned losses;     // enum loss; 0 where it serves nobody
};

// Reads a workload's JSON, as it would be stored but for defaults, which count as the API's.
// `selected`: a Service selects its pods. False when memory is short or it is no JSON.
bool outlook_read(struct slice json, bool selected, struct outlook *rollout);

// A loss in two or three words, and in a sentence; `index` counts from 0.
const char *loss_name(unsigned index);
const char *loss_doc(unsigned index);

#endif
