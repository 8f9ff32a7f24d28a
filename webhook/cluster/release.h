// `evenkeel release`: what is held in a live cluster, and how it goes on or back.
#ifndef EVENKEEL_CLUSTER_RELEASE_H
#define EVENKEEL_CLUSTER_RELEASE_H

struct verb;

// The verb at `index` of the table, of cluster/verb.h; NULL behind the last.
const struct verb *release_verb(unsigned index);

// Runs `evenkeel release VERB …`; argv[0] is "release". Returns the exit status: 0, 1 or 2, as each
// verb's help says.
int release_command(int argc, char **argv);

#endif
