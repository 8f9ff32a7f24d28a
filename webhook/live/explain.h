// `evenkeel explain`: tells why a live object got, or did not get, what the policy has.
#ifndef EVENKEEL_LIVE_EXPLAIN_H
#define EVENKEEL_LIVE_EXPLAIN_H

// Runs `evenkeel explain [OPTION]... KIND/NAME`; argv[0] is "explain". Returns the exit status: 0
// if evenkeel is asked about the object, 1 if something keeps it away, 2 for trouble.
int explain_command(int argc, char **argv);

extern const struct verb verb_explain; // of cluster/verb.h

#endif
