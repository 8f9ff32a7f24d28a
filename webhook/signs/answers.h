// Which port of a container surely answers a connection, from everything that the object shows. The
// function decides in this order: names of ports, signs that nothing listens there, ports on which
// a bare connection has a cost.
#ifndef EVENKEEL_SIGNS_ANSWERS_H
#define EVENKEEL_SIGNS_ANSWERS_H

#include "object/facts.h"
#include "signs/ports.h"

enum evidence_level {
    EVIDENCE_LIKELY,  // a container's only port that is left, or a serving one
    EVIDENCE_CERTAIN, // a container's only port that is left, with a serving name
};

// REASON_NONE with `port`, or the reason why no port of `container` should be asked. Then `port`
// does not change.
enum reason answers_choose(const struct facts *facts, const struct container *container,
                           const struct port_words *words, enum evidence_level level,
                           struct arena *arena, struct port *port);

#endif
