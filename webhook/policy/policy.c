// The words of a policy's enums, each in its enum's order. Reading a policy is loader/load.h's
// work.
#include "policy/policy.h"

const char *const network_names[] = {
    [NETWORK_OTHER] = "other",
    [NETWORK_TERWAY] = "terway",
    [NETWORK_FLANNEL] = "flannel",
    NULL,
};

const char *const mesh_names[] = {
    [MESH_NONE] = "none",
    [MESH_ISTIO] = "istio",
    [MESH_LINKERD] = "linkerd",
    [MESH_OTHER] = "other",
    NULL,
};

const char *const on_update_names[] = {
    [ON_UPDATE_TEMPLATE_CHANGED] = "templateChanged",
    [ON_UPDATE_ALWAYS] = "always",
    [ON_UPDATE_NEVER] = "never",
    NULL,
};

const char *const when_ambiguous_names[] = {
    [WHEN_AMBIGUOUS_INJECT] = "inject",
    [WHEN_AMBIGUOUS_KEEP] = "keep",
    NULL,
};

const char *const notes_names[] = {
    [NOTES_ON_CREATE] = "onCreate",
    [NOTES_NEVER] = "never",
    NULL,
};

const char *const on_error_names[] = {
    [ON_ERROR_ALLOW] = "allow",
    [ON_ERROR_DENY] = "deny",
    NULL,
};

const char *const selector_operator_names[] = {
    [SELECTOR_IN] = "In",
    [SELECTOR_NOT_IN] = "NotIn",
    [SELECTOR_EXISTS] = "Exists",
    [SELECTOR_DOES_NOT_EXIST] = "DoesNotExist",
    NULL,
};
