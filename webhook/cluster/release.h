// `evenkeel release`: what is held in a live cluster, and how it goes on or back.
#ifndef EVENKEEL_CLUSTER_RELEASE_H
#define EVENKEEL_CLUSTER_RELEASE_H

// Runs `evenkeel release VERB …`; argv[0] is "release". Returns the exit status: 0, 1 or 2, as each
// verb's help says.
int release_command(int argc, char **argv);

#endif
