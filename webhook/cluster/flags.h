// The command line of the commands on a live cluster: tables of flags, read and documented by them.
#ifndef EVENKEEL_CLUSTER_FLAGS_H
#define EVENKEEL_CLUSTER_FLAGS_H

#include <stdio.h>

#include "cluster/kubectl.h"

enum { FLAGS_WORDS_MAX = 64 };

enum flag_type {
    FLAG_SWITCH,  // bool
    FLAG_TEXT,    // const char *
    FLAG_SECONDS, // double
    FLAG_NUMBER,  // int64_t, from 0
    FLAG_DECIMAL, // double; NAN where it is not given
    FLAG_KUBECTL, // no place: handed to each call of kubectl as it is
};

// A table ends at a row without name.
struct flag {
    const char *name;
    char letter; // 0: none
    enum flag_type type;
    size_t offset;     // in the command's settings
    const char *value; // what stands for its value in the help
    const char *doc;   // NULL: not listed in the help
};

// What every command reads, and what it was told: the first member of a command's settings.
struct flags {
    struct kubectl kubectl;
    const char *namespace; // NULL: that of kubectl's context
    const char *output;    // NULL: text
    bool json;             // output is "json"
    bool draws;            // the command knows "svg" too
    bool svg;              // output is "svg"
    bool help;
    const char *words[FLAGS_WORDS_MAX]; // what is no flag
    unsigned word_count;
    char *owned[KUBECTL_OPTIONS_MAX];
    unsigned owned_count;
};

// Those of every command.
extern const struct flag flags_common[];

// Reads the command line behind argv[0] by `table` and flags_common into `settings`, which is
// zeroed and begins with a struct flags. 0; or -1 with what is wrong in `error`. flags_clear()
// either way.
int flags_read(int argc, char **argv, const struct flag *table, struct flags *settings,
               struct error *error);

void flags_clear(struct flags *flags);

// A line for each flag of the command's table and, where it has none of that name, of
// flags_common.
void flags_print(FILE *stream, const struct flag *table);

#endif
