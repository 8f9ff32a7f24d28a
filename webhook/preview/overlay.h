// Overlays of kustomize whose patches set what evenkeel writes into their base. kustomize merges
// the two, and the result may have both handlers of a probe, or rollingUpdate beside Recreate. The
// API server refuses such an object.
#ifndef EVENKEEL_PREVIEW_OVERLAY_H
#define EVENKEEL_PREVIEW_OVERLAY_H

#include "preview/look.h"

// What the kustomizations of the input build upon, and what their strategic-merge patches set.
// Zeroed: none.
struct overlays {
    struct arena *arena; // owned
    struct overlay *first;
};

// Notes the file called `name` if it is a kustomization, with the patches that it names or has
// inside. What cannot be read sets nothing: this is reported when it is shown. 0, or -1 if memory
// is short.
int overlays_learn(struct overlays *overlays, const char *name, struct slice file,
                   struct error *error);

// Adds a warning for each value that would be injected into the object and that a patch of an
// overlay over its file `look->file` sets too.
void overlays_look(const struct overlays *overlays, const struct look *look);

void overlays_clear(struct overlays *overlays);

#endif
