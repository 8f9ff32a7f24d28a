// The user's own kubectl: its contexts, its authentication, what it may do. evenkeel has no client
// of its own and reads no credentials.
#ifndef EVENKEEL_CLUSTER_KUBECTL_H
#define EVENKEEL_CLUSTER_KUBECTL_H

#include <jansson.h>
#include <stdbool.h>

#include "cluster/process.h"

enum { KUBECTL_OPTIONS_MAX = 32, KUBECTL_ARGUMENTS_MAX = 64 };

// Options that every call gets.
struct kubectl {
    const char *options[KUBECTL_OPTIONS_MAX]; // "--context=test"; borrowed
    unsigned option_count;
    bool own_timeout; // among them is --request-timeout
};

// Has every call get this option; -1 with `error` where there are too many.
int kubectl_option(struct kubectl *kubectl, const char *option, struct error *error);

// Runs kubectl with these arguments (NULL-terminated). 0, whatever its status; -1 with `error`
// where it could not be run.
int kubectl_run(const struct kubectl *kubectl, const char *const *arguments,
                struct process *process, struct error *error);

// The last line of what it said on stderr, which is changed by this: lines before it may be of its
// client's own log.
const char *kubectl_reason(char *errors);

// What it prints with `-o json`, which is added, as a new document. NULL with `error`, which has
// what kubectl said, where it failed.
json_t *kubectl_json(const struct kubectl *kubectl, const char *const *arguments,
                     struct error *error);

// The same, with kubectl's warnings ("Warning: …" lines) in `warnings`, one a line; the caller
// frees them. They are there also where it failed, then with all that it said.
json_t *kubectl_json_warned(const struct kubectl *kubectl, const char *const *arguments,
                            char **warnings, struct error *error);

#endif
