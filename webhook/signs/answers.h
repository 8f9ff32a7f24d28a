// Which port of a container surely answers a connection, from all that the object gives away. The
// order of judging is the function's: names of ports, signs that nothing listens there, ports where
// a bare connection costs something.
#ifndef EVENKEEL_SIGNS_ANSWERS_H
#define EVENKEEL_SIGNS_ANSWERS_H

#include "object/facts.h"
#include "signs/ports.h"

enum evidence_level {
    EVIDENCE_LIKELY,  // a container's only port that is left, or a serving one
    EVIDENCE_CERTAIN, // a container's only port that is left, with a serving name
};

// REASON_NONE with `port`, or why no port of `container` should be asked; `port` is untouched then.
enum reason answers_choose(const struct facts *facts, const struct container *container,
                           const struct port_words *words, enum evidence_level level,
                           struct arena *arena, struct port *port);

#endif
