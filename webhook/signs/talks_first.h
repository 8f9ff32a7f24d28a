// Ports and programs that a bare connection costs something: who connects and says nothing is
// counted as a failure, ends a debugger's session, or takes the one place that there is.
#ifndef EVENKEEL_SIGNS_TALKS_FIRST_H
#define EVENKEEL_SIGNS_TALKS_FIRST_H

#include "policy/reason.h"
#include "signs/command_line.h"
#include "signs/ports.h"

// REASON_TALKS_FIRST, REASON_DEBUGGER or REASON_ONE_CLIENT; REASON_NONE where a connection is free.
enum reason talks_first_read(const struct port *port, const struct command_line *line);

#endif
