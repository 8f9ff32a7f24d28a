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
    const char *arguments; // for the usage line
    const char *about;     // paragraphs for the help
    const char *needs;     // the permissions that it needs
    const char *statuses;  // the meaning of 0 and 1
    const struct flag *flags;
    size_t settings_size;
    const void *initial; // the settings before the command line is read; NULL: all zero
    unsigned words_min, words_max;
    // Runs the verb. `settings` begins with a struct flags. Returns the exit status, which becomes
    // 2 if `error` is set.
    int (*run)(struct flags *settings, struct error *error);
};

extern const struct verb verb_list, verb_get, verb_approve, verb_undo, verb_diff, verb_run;

// Reads the command line (argv[0] is the verb) and runs the verb. `command` is printed before the
// verb's name in its help. Returns the exit status.
int verb_main(const struct verb *verb, const char *command, int argc, char **argv);

#endif
