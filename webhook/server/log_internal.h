// Shared by the two halves of the log: building lines (log_line.c) and handing them over (log.c).
#ifndef EVENKEEL_SERVER_LOG_INTERNAL_H
#define EVENKEEL_SERVER_LOG_INTERNAL_H

#include "server/log.h"

#include <pthread.h>
#include <stdatomic.h>

// One producer, one consumer. The positions only grow, and their difference is the waiting part.
struct log_ring {
    _Atomic uint64_t written; // by the producer
    _Atomic uint64_t read;    // by the writer thread
    _Atomic uint64_t dropped;
    char bytes[LOG_RING_SIZE];
};

struct log {
    int descriptor;
    int wake; // eventfd: there is something to write
    enum log_format format;
    enum log_level level;
    unsigned ring_count;
    atomic_bool asleep; // the writer waits on `wake`
    atomic_bool stopping;
    bool started;
    pthread_t thread;
    struct log_ring *rings;
};

// Hands one whole line over, or drops and counts it.
void log_write(struct log *log, unsigned ring, const char *bytes, size_t size);

#endif
