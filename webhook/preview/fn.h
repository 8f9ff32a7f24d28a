// `evenkeel fn`: a KRM function for kustomize and kpt.
#ifndef EVENKEEL_PREVIEW_FN_H
#define EVENKEEL_PREVIEW_FN_H

// Runs `evenkeel fn [OPTION]...`; argv[0] is "fn". Reads a ResourceList
// (https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md)
// from stdin and writes it to stdout with the items as the webhook would have them. Its
// functionConfig is the policy, or a ConfigMap that holds one. Returns 0, or 2 with nothing written
// when the list or the policy cannot be read.
int fn_command(int argc, char **argv);

#endif
