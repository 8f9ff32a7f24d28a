// Finds the manifests that a command line names, and reads them into memory one by one.
#ifndef EVENKEEL_MANIFEST_READ_H
#define EVENKEEL_MANIFEST_READ_H

#include "base/error.h"
#include "base/text.h"

enum {
    INPUT_SIZE_MAX = 256 * 1024 * 1024, // bytes of one file, or of stdin
    INPUT_FILES_MAX = 1000 * 1000,
    INPUT_FOLDERS_MAX = 64, // folders inside each other
};

// The files to read, in order. Zeroed: none.
struct inputs {
    char **names; // owned; "-" is stdin
    size_t count;
    size_t capacity;
};

// Adds what `path` names: "-" for stdin, a file whatever it is called, or a folder, of which every
// .yaml, .yml and .json below it is added, by name, folders among files. Links to folders inside a
// folder are not followed, and entries whose names begin with two dots are passed over: the kubelet
// keeps the versions of a mounted ConfigMap there. 0, or -1 with `error`; nothing of `path` was
// added then.
int inputs_add(struct inputs *inputs, const char *path, struct error *error);

// Adds a name as it is, without looking for it. 0, or -1 with `error`.
int inputs_add_name(struct inputs *inputs, const char *name, struct error *error);

// Patterns of what is passed over in folders. Zeroed: none.
struct excludes {
    const char **globs; // owned; the texts are borrowed
    size_t count;
};

// 0, or -1 when memory is short.
int excludes_add(struct excludes *excludes, const char *glob, struct error *error);
void excludes_clear(struct excludes *excludes);

// inputs_add() without the files and folders inside the folder `path` of which the name, or the
// whole path below `path`, matches a pattern (slice_glob() of base/text.h: a `*` matches slashes).
int inputs_add_but(struct inputs *inputs, const char *path, const struct excludes *excludes,
                   struct error *error);

// Frees the names, not the struct.
void inputs_clear(struct inputs *inputs);

// Reads all that comes from an open descriptor, as input_read() does.
int input_read_all(int descriptor, struct slice *bytes, struct error *error);

// Reads all of the file `name` ("-": stdin). 0, and the caller frees `bytes->data`; or -1 with
// `error`.
int input_read(const char *name, struct slice *bytes, struct error *error);

#endif
