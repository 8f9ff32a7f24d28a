// What the control thread does between start and stop: signals, reloads, drain.
#ifndef EVENKEEL_SERVER_CONTROL_H
#define EVENKEEL_SERVER_CONTROL_H

#include "server/http.h"
#include "server/material.h"

struct control {
    const struct options *options;
    struct http *http;
    struct material *material;
    struct log *log;
    unsigned ring;
    struct metrics *metrics;
    int signals; // of control_signals()
};

// Ignores SIGPIPE, blocks the signals that control_run() handles, and gives a descriptor to read
// them from. Call it before any thread starts. -1 with the reason on failure.
int control_signals(struct error *error);

// Serves until a signal ends it. True: every connection has ended. False: time ran out, or a second
// SIGINT came, and threads may still be at work.
bool control_run(struct control *control);

#endif
