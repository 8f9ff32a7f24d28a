// Runs the user's own kubectl, with its contexts, its authentication and its permissions. evenkeel
// has no client of its own and reads no credentials.
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
    bool own_timeout; // --request-timeout is one of them
};

// Adds an option for every call. It is borrowed. Returns 0, or -1 with `error` if there are too
// many.
int kubectl_option(struct kubectl *kubectl, const char *option, struct error *error);

// Runs kubectl with these arguments (NULL-terminated). Returns 0 if it ran, with any exit status,
// or -1 with `error`.
int kubectl_run(const struct kubectl *kubectl, const char *const *arguments,
                struct process *process, struct error *error);

// Returns the last line of kubectl's stderr, because earlier lines may come from the log of its
// client. It changes `errors`.
const char *kubectl_reason(char *errors);

// Runs kubectl with `-o json` added. Returns its output as a new document, or NULL with `error`. If
// kubectl failed, `error` has its message.
json_t *kubectl_json(const struct kubectl *kubectl, const char *const *arguments,
                     struct error *error);

// The same, with all of kubectl's stderr in `warnings`: its "Warning: …" lines, one on each line.
// The caller frees them. They are also set if kubectl fails, and NULL if it could not run.
json_t *kubectl_json_warned(const struct kubectl *kubectl, const char *const *arguments,
                            char **warnings, struct error *error);

// Looks for a namespace, since kubectl lists one that is not there as one without objects. Returns
// 0, also where one may not ask or `namespace` is NULL, or -1 with `error` if there is none of that
// name.
int kubectl_find_namespace(const struct kubectl *kubectl, const char *namespace,
                           struct error *error);

#endif
