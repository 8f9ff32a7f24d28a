// The command line of `evenkeel preview`.
#ifndef EVENKEEL_PREVIEW_ARGUMENTS_H
#define EVENKEEL_PREVIEW_ARGUMENTS_H

#include "manifest/read.h"
#include "manifest/synthetic.h"

struct form;

// Something that the command line names: a file, a folder or standard input.
struct source {
    const char *path;
    bool built; // a folder that kustomize is to build
    size_t end; // behind the last of its files in `inputs`; they begin where the one before ends
};

// When a change makes the exit status 1.
enum exit_code {
    EXIT_CODE_BY_FORM, // where the output answers a question, not where it is the result
    EXIT_CODE_ALWAYS,
    EXIT_CODE_NEVER,
};

struct arguments {
    struct inputs inputs;   // owned
    struct source *sources; // owned; what was named, in order
    size_t source_count;
    struct excludes excludes;
    const char *policy;      // a file; NULL: the default policy
    const struct form *form; // of the output
    struct synthetic_options review;
    bool all;    // also objects outside the opted-in namespaces
    bool colour; // of the diff
    bool explain;
    bool quiet;       // no output, only the exit status
    bool remove;      // our own injections are taken out instead
    bool annotate;    // only the annotations that hints speak of are written
    bool write;       // into the files instead of stdout
    bool allow_empty; // a source without any document is none of our business
    enum exit_code exit_code;
    bool help;
};

// Reads the command line. 0, or -1 with the mistake and its correction in `error`. The caller
// clears `arguments` in both cases.
int arguments_read(int argc, char **argv, struct arguments *arguments, struct error *error);

// Whether a change makes the exit status 1.
bool arguments_tell_changes(const struct arguments *arguments);

void arguments_clear(struct arguments *arguments);

extern const char arguments_usage[];

#endif
