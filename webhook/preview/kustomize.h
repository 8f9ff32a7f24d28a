// What kustomize builds of a folder.
#ifndef EVENKEEL_PREVIEW_KUSTOMIZE_H
#define EVENKEEL_PREVIEW_KUSTOMIZE_H

#include "manifest/read.h"

// Runs `kubectl kustomize FOLDER`, or where there is no kubectl `kustomize build FOLDER`, whose
// messages go to stderr. 0, and the caller frees `bytes->data`; or -1 with `error`.
int kustomize_build(const char *folder, struct slice *bytes, struct error *error);

#endif
