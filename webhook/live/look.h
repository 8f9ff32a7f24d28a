// `evenkeel preview` of what is in a cluster: its input comes from kubectl, all else is preview's.
#ifndef EVENKEEL_LIVE_LOOK_H
#define EVENKEEL_LIVE_LOOK_H

// Runs `evenkeel preview`; argv[0] is "preview". Where the command line names KIND/NAME that is no
// file, or no file but -A or a namespace, the objects are those of the cluster, and so is the
// policy unless one is named. Returns preview's exit status.
int look_command(int argc, char **argv);

#endif
