// `evenkeel remove`: takes what evenkeel wrote out of a live cluster.
#ifndef EVENKEEL_REMOVAL_REMOVAL_H
#define EVENKEEL_REMOVAL_REMOVAL_H

#include "cluster/verb.h"

extern const struct verb verb_remove;

// Runs `evenkeel remove [OPTION]... [KIND/NAME]...`; argv[0] is "remove". Returns the exit status:
// 0 if nothing of evenkeel is left, 1 if something is, 2 for trouble.
int removal_command(int argc, char **argv);

#endif
