// Where evenkeel is installed in a cluster, by the webhook configurations that name it.
#ifndef EVENKEEL_LIVE_INSTALLATION_H
#define EVENKEEL_LIVE_INSTALLATION_H

#include "cluster/kubectl.h"

// The chart's labels of evenkeel's Deployment and pods, as a selector.
#define INSTALLATION_PODS "app.kubernetes.io/name=evenkeel,app.kubernetes.io/component=webhook"

struct installation {
    json_t *configurations; // all mutating ones; owned
    const json_t *own;      // evenkeel's; NULL: there is none
    const char *namespace;  // of its Service; "" with a URL
    const char *service;
    char space[320]; // "--namespace=…"
};

// Asks for the configurations. 0, or -1 with `error` where they cannot be read.
// installation_clear() either way.
int installation_find(const struct kubectl *kubectl, struct installation *installation,
                      struct error *error);

void installation_clear(struct installation *installation);

// Whether this webhook of a configuration is evenkeel's, by its name.
bool installation_is_own(const json_t *webhook);

// Whether a webhook's rules ask it about the resource ("deployments") of the group.
bool installation_asks(const json_t *webhook, const char *group, const char *resource);

// The policy that is in the installation's ConfigMap, allocated; NULL with `error`.
char *installation_policy(const struct kubectl *kubectl, const struct installation *installation,
                          struct error *error);

#endif
