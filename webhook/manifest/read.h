// Finds the manifests that a command line names, and reads them into memory one at a time.
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
// folder are not followed. 0, or -1 with `error`; nothing of `path` was added then.
int inputs_add(struct inputs *inputs, const char *path, struct error *error);

// Frees the names, not the struct.
void inputs_clear(struct inputs *inputs);

// Reads all of the file `name` ("-": stdin). 0, and the caller frees `bytes->data`; or -1 with
// `error`.
int input_read(const char *name, struct slice *bytes, struct error *error);

#endif
