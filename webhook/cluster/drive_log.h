// The log of a pipeline: one line for each event, as text or as JSON.
#ifndef EVENKEEL_CLUSTER_DRIVE_LOG_H
#define EVENKEEL_CLUSTER_DRIVE_LOG_H

#include "cluster/workload.h"

struct drive_log {
    bool json;
    const struct workload *workload; // from the last look; NULL: none yet
};

// Logs that `event` ("ready", "approved" …) happened, with a text for people.
void drive_log(const struct drive_log *log, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
