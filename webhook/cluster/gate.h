// The checks between a step that is ready and its approval.
#ifndef EVENKEEL_CLUSTER_GATE_H
#define EVENKEEL_CLUSTER_GATE_H

#include "cluster/drive.h"

enum gate_result { GATE_PASSED, GATE_FAILED, GATE_UNKNOWN };

// Runs the command of `settings` for at most `seconds`, with the step, pods and versions in its
// environment. The command's output goes to stderr. Returns GATE_PASSED if it ends with status 0,
// else GATE_FAILED with the reason in `why`.
enum gate_result gate_command(const struct drive_settings *settings,
                              const struct workload *workload, const struct versions *versions,
                              double seconds, struct error *why);

// Asks Prometheus, and compares the answer with the bounds. Returns GATE_UNKNOWN if there is no
// answer or no data. `why` has the reason unless it returns GATE_PASSED.
enum gate_result gate_query(const struct kubectl *kubectl, const struct drive_settings *settings,
                            const struct workload *workload, const struct versions *versions,
                            struct error *why);

// Compares a query's answer, in Prometheus' own JSON, with the bounds. It returns what gate_query()
// returns.
enum gate_result gate_answer(const struct drive_settings *settings, const char *json, size_t size,
                             struct error *why);

#endif
