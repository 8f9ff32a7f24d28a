// Shows the user who has just started a server with --self-signed how to send it a review.
#ifndef EVENKEEL_SERVER_HINT_H
#define EVENKEEL_SERVER_HINT_H

#include "server/material.h"

enum { HINT_PATH_MAX = 256 };

// Writes the server's own CA to a new file in $TMPDIR, else in /tmp. `path` gets the file's name,
// or "" if none can be written. Call it before the sandbox: after it, the file can only be removed.
void hint_write_ca(const struct material *material, char path[HINT_PATH_MAX]);

// Prints a command that uses the file; "": one that needs none.
void hint_print(const char *address, const char *admin_address, const char *path);

#endif
