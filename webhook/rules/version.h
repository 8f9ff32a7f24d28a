// The version that an image reference names.
#ifndef EVENKEEL_RULES_VERSION_H
#define EVENKEEL_RULES_VERSION_H

#include "base/text.h"

// The tag of an image reference, `[host[:port]/]path[:tag][@digest]` (the reference grammar of the
// distribution project). {NULL, 0} if it has none. A digest is not a version.
struct slice version_of_image(struct slice image);

#endif
