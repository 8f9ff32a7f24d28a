// What a pod template says of the nodes that it runs on: nodes that go at short notice, and
// Windows.
#ifndef EVENKEEL_SIGNS_NODES_H
#define EVENKEEL_SIGNS_NODES_H

#include "json/value.h"

// Seconds that the most short-lived node grants which the pod asks for (nodeSelector, required
// nodeAffinity) or tolerates; 0 when it names none. A toleration of everything names none.
int32_t nodes_notice_seconds(struct value pod_spec);

// Whether the pod is for Windows, by spec.os or its nodeSelector.
bool nodes_are_windows(struct value pod_spec);

#endif
