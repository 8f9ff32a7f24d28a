// Where a container listens, by its flags and variables.
#ifndef EVENKEEL_SIGNS_LISTEN_SIGNS_H
#define EVENKEEL_SIGNS_LISTEN_SIGNS_H

#include "object/variables.h"
#include "signs/command_line.h"

enum listening {
    LISTENING_UNKNOWN,   // nothing says where, or it is a declared port of an unknown address
    LISTENING_THERE,     // the command itself says that it is a declared port of every address
    LISTENING_LOCALLY,   // on the loopback address or a Unix socket
    LISTENING_ELSEWHERE, // on a port that the container does not declare
};

// Reads the flags and variables whose names say so (signs/listen_names.h), also as settings behind
// a flag of one letter and as a virtual machine's options; of their values only literal ones. One
// that names a port of `ports` (the container's) outweighs the others, unless it is on the loopback
// address, by its own value or by a host beside it (--host=127.0.0.1 --port=8080). `arena` is for
// the time of the call.
enum listening listen_signs_read(const struct command_line *line,
                                 const struct environment *variables, struct value ports,
                                 struct arena *arena);

#endif
