// The ordered table of all rules: one line for each.
#include "rules/rules.h"

#define RULES(X)                                                                                   \
    X(readiness_probe_rule)                                                                        \
    X(liveness_probe_rule)                                                                         \
    X(startup_probe_rule)                                                                          \
    X(grace_period_rule)                                                                           \
    X(pre_stop_rule) /* asks which grace period is being written */                                \
    X(rolling_update_rule)                                                                         \
    X(progress_deadline_rule)                                                                      \
    X(min_ready_seconds_rule) /* asks which deadline is being written */                           \
    X(node_affinity_rule)                                                                          \
    X(readiness_gates_rule)                                                                        \
    X(version_label_rule)                                                                          \
    X(mesh_drain_rule)                                                                             \
    X(pod_annotations_rule)                                                                        \
    X(batches_rule)                                                                                \
    X(annotations_rule)                                                                            \
    X(backend_type_rule) /* these four ask for the annotations that are being written */           \
    X(connection_drain_rule)                                                                       \
    X(external_traffic_policy_rule) /* asks whether backendType is being written */                \
    X(graceful_shutdown_rule)       /* the same */

#define RULE_DECLARATION(name) extern const struct rule name;
#define RULE_ROW(name) &(name),

RULES(RULE_DECLARATION)

static const struct rule *const table[] = {RULES(RULE_ROW)};

const struct rules rules_table = {table, sizeof(table) / sizeof(table[0])};
