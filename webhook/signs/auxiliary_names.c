// The words of ports that help to run a program and get no requests of its users: ports for
// metrics, for debugging and control, and for messages between members of a cluster.
#include "signs/port_names.h"

const char *const auxiliary_names[] = {
    // What measures it.
    "metrics", "metric", "prometheus", "prom", "exporter", "stats", "telemetry", "monitoring",
    "monitor", "trace", "traces", "tracing",
    // What looks into it.
    "jmx", "profiling", "profiler", "pprof", "debug", "debugger", "health", "healthz",
    "healthcheck", "liveness", "readiness", "livez", "readyz", "probe", "probes",
    // What steers it.
    "admin", "management", "mgmt", "actuator",
    // What members of a cluster say to each other.
    "peer", "peers", "gossip", "raft", NULL};
