// Completes command lines in shells.
#ifndef EVENKEEL_LIVE_COMPLETE_H
#define EVENKEEL_LIVE_COMPLETE_H

#include "cluster/verb.h"

// Runs `evenkeel completion bash|zsh|fish`; argv[0] is "completion". It prints a script for the
// shell. The script calls `evenkeel __complete`. Returns the exit status.
int completion_command(int argc, char **argv);

// Prints what the last of `words` may become, one word on each line. `words` are the arguments
// after the program's name, and the last may be "". The last line is ":4", or ":0" if the names of
// files may follow, as in spf13/cobra's __complete: after ":4" kubectl offers no files. `commands`
// are the program's commands. `verbs` are those commands that have a table of flags, without the
// verbs of `release`. Both end with NULL. Returns 0.
int complete_words(const char *const *commands, const struct verb *const *verbs, int count,
                   char **words);

#endif
