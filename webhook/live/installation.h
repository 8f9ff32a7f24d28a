// Finds evenkeel's installation in a cluster by the webhook configurations that name it.
#ifndef EVENKEEL_LIVE_INSTALLATION_H
#define EVENKEEL_LIVE_INSTALLATION_H

#include "cluster/kubectl.h"

// The labels that the chart gives to evenkeel's Deployment and pods, as a selector.
#define INSTALLATION_PODS "app.kubernetes.io/name=evenkeel,app.kubernetes.io/component=webhook"

struct installation {
    json_t *configurations; // all mutating ones; owned
    const json_t *own;      // evenkeel's; NULL: there is none
    const char *namespace;  // of its Service; "" if the configuration has a URL
    const char *service;
    char space[320]; // "--namespace=…"
};

// Reads the configurations. Returns 0, or -1 with `error` if they cannot be read. Call
// installation_clear() in both cases.
int installation_find(const struct kubectl *kubectl, struct installation *installation,
                      struct error *error);

void installation_clear(struct installation *installation);

// Whether this webhook of a configuration is evenkeel's, by its name.
bool installation_is_own(const json_t *webhook);

// Whether the webhook's rules name this resource ("deployments") of the group, so that the API
// server asks it.
bool installation_asks(const json_t *webhook, const char *group, const char *resource);

// Returns the policy in the installation's ConfigMap, or NULL with `error`. The caller frees it.
char *installation_policy(const struct kubectl *kubectl, const struct installation *installation,
                          struct error *error);

#endif
