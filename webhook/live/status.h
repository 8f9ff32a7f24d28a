// `evenkeel status`: whether evenkeel is installed in the cluster, and works.
#ifndef EVENKEEL_LIVE_STATUS_H
#define EVENKEEL_LIVE_STATUS_H

// Runs `evenkeel status [OPTION]...`; argv[0] is "status". Returns the exit status: 0 nothing is
// broken, 1 something is, 2 trouble.
int status_command(int argc, char **argv);

extern const struct verb verb_status; // of cluster/verb.h

#endif
