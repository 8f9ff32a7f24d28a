// The command `evenkeel serve`.
#ifndef EVENKEEL_SERVER_SERVE_H
#define EVENKEEL_SERVER_SERVE_H

// Serves until a signal ends it. argv[0] is the command's name. Exit status: 0 stopped by a signal,
// 2 trouble, told in one line on stderr.
int serve_command(int argc, char **argv);

#endif
