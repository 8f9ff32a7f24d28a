// Whether the API server asks evenkeel about the objects of a namespace.
#ifndef EVENKEEL_REMOVAL_ASKED_H
#define EVENKEEL_REMOVAL_ASKED_H

#include "cluster/kubectl.h"

struct asked {
    const struct kubectl *kubectl;
    bool installed;     // or nobody knows
    char namespace[64]; // that `here` is about; "": none yet
    bool here;
};

void asked_init(struct asked *asked, const struct kubectl *kubectl);

// What may not be read counts as yes: an object that is opted out for nothing can be opted in.
bool asked_in(struct asked *asked, const char *namespace);

#endif
