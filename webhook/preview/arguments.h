// The command line of `evenkeel preview`.
#ifndef EVENKEEL_PREVIEW_ARGUMENTS_H
#define EVENKEEL_PREVIEW_ARGUMENTS_H

#include "manifest/read.h"
#include "manifest/synthetic.h"

struct form;

struct arguments {
    struct inputs inputs;    // owned
    const char *policy;      // a file; NULL: the default policy
    const struct form *form; // of the output
    struct synthetic_options review;
    bool all;    // also objects outside the opted-in namespaces
    bool colour; // of the diff
    bool explain;
    bool quiet;    // no output, only the exit status
    bool remove;   // our own injections are taken out instead
    bool annotate; // only the annotations that hints speak of are written
    bool write;    // into the files instead of stdout
    bool help;
};

// Reads the command line. 0; or -1 with what is wrong with it, and what would be right, in `error`.
// The caller clears `arguments` either way.
int arguments_read(int argc, char **argv, struct arguments *arguments, struct error *error);

void arguments_clear(struct arguments *arguments);

extern const char arguments_usage[];

#endif
