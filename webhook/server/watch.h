// A file that is checked again and again. Changes are found by content, because a mounted Secret or
// ConfigMap is swapped by a symlink, with any time stamp.
#ifndef EVENKEEL_SERVER_WATCH_H
#define EVENKEEL_SERVER_WATCH_H

#include "base/error.h"
#include "base/text.h"

struct watch {
    const char *path;   // borrowed
    size_t size_max;    // a larger file is an error
    struct slice bytes; // of the last look; owned; absent when the file could not be read
    int failure;        // errno of the last look, 0 when it went well
    bool looked;
};

// Reads the file. 1: its content, or whether it can be read, has changed since the last check. 0:
// it has not. -1: memory is short. watch_check() says whether it could be read.
int watch_look(struct watch *watch, struct error *error);

// Returns 0, or -1 with the path and the reason.
int watch_check(const struct watch *watch, struct error *error);

// Frees what was read, wiped, as it may be a key.
void watch_clear(struct watch *watch);

#endif
