// `evenkeel status`: checks whether evenkeel is installed in the cluster, and works.
#ifndef EVENKEEL_LIVE_STATUS_H
#define EVENKEEL_LIVE_STATUS_H

// Runs `evenkeel status [OPTION]...`; argv[0] is "status". Returns the exit status: 0 if nothing is
// broken, 1 if something is, 2 for trouble.
int status_command(int argc, char **argv);

extern const struct verb verb_status; // of cluster/verb.h

#endif
