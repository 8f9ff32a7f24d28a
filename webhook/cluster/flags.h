// The command lines of the commands on a live cluster. Tables of flags say how to read them, and
// are printed as their help.
#ifndef EVENKEEL_CLUSTER_FLAGS_H
#define EVENKEEL_CLUSTER_FLAGS_H

#include <stdio.h>

#include "cluster/kubectl.h"

enum { FLAGS_WORDS_MAX = 64 };

enum flag_type {
    FLAG_SWITCH,  // bool
    FLAG_TEXT,    // const char *
    FLAG_SECONDS, // double
    FLAG_NUMBER,  // int64_t, at least 0
    FLAG_DECIMAL, // double; NAN if it is not given
    FLAG_KUBECTL, // it is not stored: each call of kubectl gets it unchanged
};

// The last row of a table has no name.
struct flag {
    const char *name;
    char letter; // 0: none
    enum flag_type type;
    size_t offset;     // in the command's settings
    const char *value; // the word for its value in the help
    const char *doc;   // NULL: it is not listed in the help
};

// The flags that every command reads, and their values. This is the first member of a command's
// settings.
struct flags {
    struct kubectl kubectl;
    const char *namespace; // NULL: the one of kubectl's context
    const char *output;    // NULL: text
    bool json;             // output is "json"
    bool draws;            // the command can draw "svg" too
    bool svg;              // output is "svg"
    bool help;
    const char *words[FLAGS_WORDS_MAX]; // the arguments that are not flags
    unsigned word_count;
    char *owned[KUBECTL_OPTIONS_MAX];
    unsigned owned_count;
};

// The flags of every command.
extern const struct flag flags_common[];

// Reads the command line after argv[0] into `settings`, by `table` and flags_common. `settings`
// begins with a struct flags and must be zero, except for defaults. Returns 0, or -1 with `error`.
// Call flags_clear() in both cases.
int flags_read(int argc, char **argv, const struct flag *table, struct flags *settings,
               struct error *error);

// For a command that has options of its own, which another part reads: reads the flag at argv[*at],
// if it is one of `table` or one of kubectl's. If its value is the next argument, `*at` moves on to
// it. Returns 1, or 0 if it is another word, or -1 with `error`. Call flags_clear() at the end.
int flags_try(int argc, char **argv, int *at, const struct flag *table, struct flags *settings,
              struct error *error);

void flags_clear(struct flags *flags);

// Prints a line for each flag of the command's `table`, and for those flags of flags_common that
// have another name.
void flags_print(FILE *stream, const struct flag *table);

#endif
