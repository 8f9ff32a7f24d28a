// The verbs of `evenkeel release`, and what they share.
#ifndef EVENKEEL_CLUSTER_VERB_H
#define EVENKEEL_CLUSTER_VERB_H

#include "cluster/flags.h"
#include "cluster/versions.h"

// Exit statuses. The documents list them.
enum cluster_status { CLUSTER_FINE, CLUSTER_NOT_SO, CLUSTER_TROUBLE };

struct verb {
    const char *name;
    const char *summary;
    const char *arguments; // of the usage line
    const char *about;     // paragraphs of the help
    const char *needs;     // what it has to be allowed to do
    const char *statuses;  // what 0 and 1 mean
    const struct flag *flags;
    size_t settings_size;
    const void *initial; // settings before anything is read; NULL: all zero
    unsigned words_min, words_max;
    // `settings` begins with a struct flags. Returns the exit status; with `error` set it is 2.
    int (*run)(struct flags *settings, struct error *error);
};

extern const struct verb verb_list, verb_get, verb_approve, verb_undo, verb_diff, verb_run;

// Reads the command line (argv[0] is the verb) and runs it; `command` stands before its name in
// what is said. Returns the exit status.
int verb_main(const struct verb *verb, const char *command, int argc, char **argv);

#endif
