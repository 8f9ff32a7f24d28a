// `evenkeel preview`: shows what the webhook would change in manifests, and why.
#ifndef EVENKEEL_PREVIEW_PREVIEW_H
#define EVENKEEL_PREVIEW_PREVIEW_H

// Runs `evenkeel preview [OPTION]... FILE...`; argv[0] is "preview". Writes to stdout and stderr,
// and to the files themselves with --write. Returns the exit status: 2 trouble; 1 where something
// would change and arguments_tell_changes(); else 0.
int preview_command(int argc, char **argv);

#endif
