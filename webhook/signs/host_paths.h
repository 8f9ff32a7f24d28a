// Folders of a node that are the node's own: what pods mount to look at the node or to talk to it.
#ifndef EVENKEEL_SIGNS_HOST_PATHS_H
#define EVENKEEL_SIGNS_HOST_PATHS_H

#include "base/text.h"

// Whether a hostPath is one of them, or lies below one. No application keeps data of its own there
// that a second instance would wait for.
bool host_path_is_the_nodes(struct slice path);

// Whether a hostPath of this `type` is a socket or a device: nothing that an instance locks.
bool host_path_is_special(struct slice type);

#endif
