// What a pod template says about its nodes: whether they stop at short notice, and whether they run
// Windows.
#ifndef EVENKEEL_SIGNS_NODES_H
#define EVENKEEL_SIGNS_NODES_H

#include "json/value.h"

// The seconds that a node leaves a pod, for the node with the shortest notice that the pod asks for
// (nodeSelector, nodeAffinity) or tolerates. 0 if it names none. A toleration of everything names
// none.
int32_t nodes_notice_seconds(struct value pod_spec);

// Whether the pod tolerates a virtual node that may be one of Azure Container Instances. These
// start no pod that has a probe by tcpSocket or grpc: getProbe() in
// https://github.com/virtual-kubelet/azure-aci/blob/master/pkg/provider/aci.go
bool nodes_may_be_azure_virtual(struct value pod_spec);

// Whether the pod is for Windows, by spec.os or its nodeSelector.
bool nodes_are_windows(struct value pod_spec);

#endif
