// Completion of command lines in shells.
#ifndef EVENKEEL_LIVE_COMPLETE_H
#define EVENKEEL_LIVE_COMPLETE_H

#include "cluster/verb.h"

// Runs `evenkeel completion bash|zsh|fish`; argv[0] is "completion". Prints a script for the shell,
// which asks `evenkeel __complete`. Returns the exit status.
int completion_command(int argc, char **argv);

// Prints what the last of `words` (behind the program's name; it may be "") may become, one a line,
// and last ":4", by which kubectl offers no names of files, or ":0" where they may follow, as
// spf13/cobra's __complete does. `commands`: the program's; `verbs`: those of them that have a
// table of flags, beside the verbs of `release`; both NULL-terminated. Returns 0.
int complete_words(const char *const *commands, const struct verb *const *verbs, int count,
                   char **words);

#endif
