// Whether the API server asks evenkeel about the objects of a namespace.
#ifndef EVENKEEL_REMOVAL_ASKED_H
#define EVENKEEL_REMOVAL_ASKED_H

#include "cluster/kubectl.h"

struct asked {
    const struct kubectl *kubectl;
    bool installed;     // also true if nobody knows
    char namespace[64]; // the namespace of `here`; "": none yet
    bool here;
};

void asked_init(struct asked *asked, const struct kubectl *kubectl);

// Whether evenkeel is asked about objects of this namespace. If that cannot be read, the answer is
// yes: the object is opted out then, and a needless opt-out can be taken away later.
bool asked_in(struct asked *asked, const char *namespace);

#endif
