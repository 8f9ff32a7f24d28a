// Finds the manifests that a command line names, and reads them into memory one by one.
#ifndef EVENKEEL_MANIFEST_READ_H
#define EVENKEEL_MANIFEST_READ_H

#include "base/error.h"
#include "base/text.h"

enum {
    INPUT_SIZE_MAX = 256 * 1024 * 1024, // bytes of one file, or of stdin
    INPUT_FILES_MAX = 1000 * 1000,
    INPUT_FOLDERS_MAX = 64, // depth of folders inside folders
};

// The files to read, in order. Zeroed: none.
struct inputs {
    char **names; // owned; "-" is stdin
    size_t count;
    size_t capacity;
};

// Adds the files that `path` names: "-" for stdin, a file with any name, or a folder. For a folder,
// every .yaml, .yml and .json file below it is added, sorted by name, with folders among files. In
// a folder, links to folders are not followed. Entries whose names begin with two dots are skipped,
// because the kubelet keeps the versions of a mounted ConfigMap there. Returns 0, or -1 with
// `error`; then nothing of `path` was added.
int inputs_add(struct inputs *inputs, const char *path, struct error *error);

// Adds a name without checking that the file exists. Returns 0, or -1 with `error`.
int inputs_add_name(struct inputs *inputs, const char *name, struct error *error);

// Patterns of files and folders to skip in folders. Zeroed: none.
struct excludes {
    const char **globs; // owned; the texts are borrowed
    size_t count;
};

// Returns 0, or -1 when memory is short.
int excludes_add(struct excludes *excludes, const char *glob, struct error *error);
void excludes_clear(struct excludes *excludes);

// Does the same as inputs_add(), but skips files and folders inside the folder `path` if their
// name, or their whole path below `path`, matches a pattern (slice_glob() of base/text.h: a `*`
// matches slashes).
int inputs_add_but(struct inputs *inputs, const char *path, const struct excludes *excludes,
                   struct error *error);

// Frees the names, not the struct.
void inputs_clear(struct inputs *inputs);

// Reads an open descriptor to its end, with the same results as input_read().
int input_read_all(int descriptor, struct slice *bytes, struct error *error);

// Reads the whole file `name` ("-": stdin). Returns 0, and the caller frees `bytes->data`; or -1
// with `error`.
int input_read(const char *name, struct slice *bytes, struct error *error);

#endif
