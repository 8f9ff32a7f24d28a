// `evenkeel remove`: takes out of a live cluster what evenkeel wrote.
#ifndef EVENKEEL_REMOVAL_REMOVAL_H
#define EVENKEEL_REMOVAL_REMOVAL_H

#include "cluster/verb.h"

extern const struct verb verb_remove;

// Runs `evenkeel remove [OPTION]... [KIND/NAME]...`; argv[0] is "remove". Returns the exit status:
// 0 nothing of evenkeel is left, 1 something is, 2 trouble.
int removal_command(int argc, char **argv);

#endif
