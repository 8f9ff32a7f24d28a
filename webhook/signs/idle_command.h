// Whether a container's command does nothing but wait, so that nothing listens on any port.
#ifndef EVENKEEL_SIGNS_IDLE_COMMAND_H
#define EVENKEEL_SIGNS_IDLE_COMMAND_H

#include "signs/command_line.h"

// True if each program of `line` is one that waits or one that neither listens nor starts another,
// and at least one waits: `sleep infinity`, `tail -f /dev/null`, `cat`, `pause`, alone, behind an
// init or in a shell's loop. A program that is not known here may be a server.
bool idle_command_runs(const struct command_line *line);

#endif
