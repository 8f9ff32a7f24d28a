// `evenkeel explain`: why a live object did or did not get what the policy has.
#ifndef EVENKEEL_LIVE_EXPLAIN_H
#define EVENKEEL_LIVE_EXPLAIN_H

// Runs `evenkeel explain [OPTION]... KIND/NAME`; argv[0] is "explain". Returns the exit status: 0
// evenkeel looks after the object, 1 it does not, 2 trouble.
int explain_command(int argc, char **argv);

extern const struct verb verb_explain; // of cluster/verb.h

#endif
