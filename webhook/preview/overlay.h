// The kustomizations of the input: which files they name as patches, and what these patches set
// that evenkeel writes into their base. kustomize merges the two, and the result may have both
// handlers of a probe, or rollingUpdate beside Recreate. The API server refuses such an object.
#ifndef EVENKEEL_PREVIEW_OVERLAY_H
#define EVENKEEL_PREVIEW_OVERLAY_H

#include "base/index.h"
#include "preview/look.h"

// What the kustomizations of the input build upon, and what their strategic-merge patches set.
// Zeroed: none.
struct overlays {
    struct arena *arena;   // owned
    struct index bases;    // by resolved path: the overlays that name it as a base
    struct index patches;  // by resolved path: files that are named as patches
    struct overlay *above; // those that build upon the present file, themselves or through others
};

// Notes the file called `name` if it is a kustomization, with the patches that it names or has
// inside. What cannot be read sets nothing: this is reported when it is shown. 0, or -1 if memory
// is short.
int overlays_learn(struct overlays *overlays, const char *name, struct slice file,
                   struct error *error);

// Goes on to the file called `name`. Whether a kustomization names it as a patch.
bool overlays_enter(struct overlays *overlays, const char *name);

// Adds a warning for each value that would be injected into an object of the present file and that
// a patch of an overlay over this file sets too.
void overlays_look(const struct overlays *overlays, const struct look *look);

void overlays_clear(struct overlays *overlays);

#endif
