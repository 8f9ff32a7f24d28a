// Runs one release without a person, from the step that is held to its end.
#ifndef EVENKEEL_CLUSTER_DRIVE_H
#define EVENKEEL_CLUSTER_DRIVE_H

#include "cluster/versions.h"

// What a pipeline asked for.
struct drive_settings {
    const char *workload; // as the user typed it
    double bake;          // seconds: how long the pods of a step must stay ready
    double timeout;       // seconds: in this time a step must be ready, baked and checked
    double interval;      // seconds between two looks
    const char *verify;   // a shell command; NULL: none
    const char *query;    // PromQL; NULL: none
    const char *prometheus;
    double fail_above, fail_below; // NAN: not given
    int64_t max_restarts;          // of all pods of the new version together; -1: not given
    bool dry_run;                  // write nothing
    bool keep;                     // do not roll back
    bool json;
};

// How it ended.
enum drive_end {
    DRIVE_RELEASED,
    DRIVE_ROLLED_BACK, // a check failed, and the former version is back
    DRIVE_LEFT,        // not released, and left as it was; the log has the reason
    DRIVE_TROUBLE,     // the cluster could not be asked
    DRIVE_INTERRUPTED,
};

// Runs the release, and logs each event on stdout. SIGINT and SIGTERM end it. Then the hold stays
// as it is.
enum drive_end drive(const struct kubectl *kubectl, const struct drive_settings *settings);

#endif
