// What a folder with a kustomization.yaml means for its files, and the output of kustomize itself.
#ifndef EVENKEEL_PREVIEW_KUSTOMIZE_H
#define EVENKEEL_PREVIEW_KUSTOMIZE_H

#include "manifest/read.h"

// The files that kustomizations name as patches, by device and inode. Zeroed: none.
struct patches {
    struct patch_file *items; // owned
    size_t count;
    size_t capacity;
};

// Whether a file of this name is a kustomization.
bool kustomization_is(const char *name);

// Notes the patches that the file called `name` names, if it is a kustomization. One that cannot be
// read names none: this is reported when it is shown. 0, or -1 if memory is short.
int patches_learn(struct patches *patches, const char *name, struct slice file,
                  struct error *error);

// Whether a kustomization names this file as a patch.
bool patches_have(const struct patches *patches, const char *name);

void patches_clear(struct patches *patches);

// Runs `kubectl kustomize FOLDER`, or where there is no kubectl `kustomize build FOLDER`, whose
// messages go to stderr. 0, and the caller frees `bytes->data`; or -1 with `error`.
int kustomize_build(const char *folder, struct slice *bytes, struct error *error);

#endif
