// Whether a container's flags show that it elects a leader: then a standby may not open its port.
#ifndef EVENKEEL_SIGNS_LEADER_ELECTION_H
#define EVENKEEL_SIGNS_LEADER_ELECTION_H

#include "object/variables.h"
#include "signs/command_line.h"

// A flag or variable for it, alone or with a true value.
bool leader_election_is_on(const struct command_line *line, const struct environment *variables);

#endif
