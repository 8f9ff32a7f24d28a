// The checks between a step that is ready and its approval.
#ifndef EVENKEEL_CLUSTER_GATE_H
#define EVENKEEL_CLUSTER_GATE_H

#include "cluster/drive.h"

enum gate_result { GATE_PASSED, GATE_FAILED, GATE_UNKNOWN };

// Runs the command of `settings` with step, pods and versions in its environment, for at most
// `seconds`. What it prints goes to stderr. GATE_PASSED where it ends with 0; `why` says what came
// in the way.
enum gate_result gate_command(const struct drive_settings *settings,
                              const struct workload *workload, const struct versions *versions,
                              double seconds, struct error *why);

// Asks Prometheus, and holds the answer against the bounds. GATE_UNKNOWN where there is no answer,
// or no data.
enum gate_result gate_query(const struct kubectl *kubectl, const struct drive_settings *settings,
                            const struct workload *workload, const struct versions *versions,
                            struct error *why);

// Holds a query's answer, Prometheus' own JSON, against the bounds.
enum gate_result gate_answer(const struct drive_settings *settings, const char *json, size_t size,
                             struct error *why);

#endif
