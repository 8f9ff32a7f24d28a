// `evenkeel release`: shows what is held in a live cluster, and lets it go on or back.
#ifndef EVENKEEL_CLUSTER_RELEASE_H
#define EVENKEEL_CLUSTER_RELEASE_H

struct verb;

// Returns the verb (cluster/verb.h) at `index` of the table, or NULL after the last.
const struct verb *release_verb(unsigned index);

// Runs `evenkeel release VERB …`; argv[0] is "release". Returns the exit status: 0, 1 or 2. Each
// verb's help lists what they mean.
int release_command(int argc, char **argv);

#endif
