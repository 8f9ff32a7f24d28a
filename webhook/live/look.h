// `evenkeel preview` for objects in a cluster: kubectl gives the input, preview does the rest.
#ifndef EVENKEEL_LIVE_LOOK_H
#define EVENKEEL_LIVE_LOOK_H

// Runs `evenkeel preview`; argv[0] is "preview". It reads objects from the cluster if the command
// line names a KIND/NAME that is not a file, or names no file but has -A or a namespace. Then the
// policy is the cluster's too, unless the command line names one. Returns preview's exit status, or
// 2 if the cluster cannot be read.
int look_command(int argc, char **argv);

#endif
