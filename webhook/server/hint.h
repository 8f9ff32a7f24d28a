// Shows somebody who has just started a server with --self-signed how to send it a review.
#ifndef EVENKEEL_SERVER_HINT_H
#define EVENKEEL_SERVER_HINT_H

#include "server/material.h"

enum { HINT_PATH_MAX = 256 };

// Writes the server's own CA to a new file and prints a command that uses it. `path` gets the
// file's name, or "" when there is none to remove.
void hint_print(const struct material *material, const char *address, const char *admin_address,
                char path[HINT_PATH_MAX]);

#endif
