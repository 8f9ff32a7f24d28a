// Folders of a node that are the node's own. Pods mount them to look at the node or to talk to it.
#ifndef EVENKEEL_SIGNS_HOST_PATHS_H
#define EVENKEEL_SIGNS_HOST_PATHS_H

#include "base/text.h"

// Whether a hostPath is one of them, or is below one. No application keeps its own data there, for
// which a second instance would wait.
bool host_path_is_the_nodes(struct slice path);

// Whether a hostPath of this `type` is a socket or a device: nothing that an instance locks.
bool host_path_is_special(struct slice type);

#endif
