// Shows a release as a tree in text, or as JSON.
#ifndef EVENKEEL_CLUSTER_VIEW_H
#define EVENKEEL_CLUSTER_VIEW_H

#include "cluster/versions.h"

// Prints the whole tree: steps, versions, pods, shares of requests, and the commands to go on and
// to go back.
void view_print(FILE *stream, const struct workload *workload, const struct versions *versions);

// Prints one line, for an output that cannot be redrawn.
void view_line(FILE *stream, const struct workload *workload, const struct versions *versions);

// Returns the same facts as a new document, or NULL if memory is short.
json_t *view_json(const struct workload *workload, const struct versions *versions);

#endif
