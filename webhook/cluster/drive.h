// One unattended release, from the step that is held to its end.
#ifndef EVENKEEL_CLUSTER_DRIVE_H
#define EVENKEEL_CLUSTER_DRIVE_H

#include "cluster/versions.h"

// What a pipeline asked for.
struct drive_settings {
    const char *workload; // as it was typed
    double bake;          // seconds for which a step's pods must stay ready
    double timeout;       // seconds in which a step must be ready, baked and checked
    double interval;      // seconds between two looks
    const char *verify;   // a shell command; NULL: none
    const char *query;    // PromQL; NULL: none
    const char *prometheus;
    double fail_above, fail_below; // NAN: not asked
    int64_t max_restarts;          // of the new version's pods, together; -1: not asked
    bool dry_run;                  // nothing is written
    bool keep;                     // no rollback
    bool json;
};

// What it came to.
enum drive_end {
    DRIVE_RELEASED,
    DRIVE_ROLLED_BACK, // a check failed, and the former version is back
    DRIVE_LEFT,        // not released, and left as it was: the log says why
    DRIVE_TROUBLE,     // the cluster could not be asked
    DRIVE_INTERRUPTED,
};

// Drives the release. Says each event on stdout. Signals SIGINT and SIGTERM end it; what is held
// stays held.
enum drive_end drive(const struct kubectl *kubectl, const struct drive_settings *settings);

#endif
