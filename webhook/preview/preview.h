// `evenkeel preview`: shows what the webhook would change in manifests, and why.
#ifndef EVENKEEL_PREVIEW_PREVIEW_H
#define EVENKEEL_PREVIEW_PREVIEW_H

// Runs `evenkeel preview [OPTION]... FILE...`; argv[0] is "preview". Writes to stdout and stderr,
// and to the files themselves with --write. Returns the exit status as diff(1) has it: 0 nothing
// would change, 1 something would, 2 trouble.
int preview_command(int argc, char **argv);

#endif
