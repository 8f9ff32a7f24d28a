// A release as a tree in text, or as JSON.
#ifndef EVENKEEL_CLUSTER_VIEW_H
#define EVENKEEL_CLUSTER_VIEW_H

#include "cluster/versions.h"

// The whole tree: steps, versions, pods, shares, and the commands to go on and back.
void view_print(FILE *stream, const struct workload *workload, const struct versions *versions);

// One line, for where nothing can be redrawn.
void view_line(FILE *stream, const struct workload *workload, const struct versions *versions);

// The same as a new document; NULL where memory is short.
json_t *view_json(const struct workload *workload, const struct versions *versions);

#endif
