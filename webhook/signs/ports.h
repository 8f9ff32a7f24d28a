// Which port of a container to ask, from what the container declares. Never guesses one.
#ifndef EVENKEEL_SIGNS_PORTS_H
#define EVENKEEL_SIGNS_PORTS_H

#include "object/facts.h"
#include "policy/reason.h"

enum { PORT_NUMBER_MAX = 65535 };

struct port {
    int32_t number;
    struct slice name; // absent when it has none
};

// The only TCP port of `ports` (a container's `ports`), else the one named http, web, https or
// grpc, first in that order. REASON_NONE with `port`; else REASON_NO_PORT, REASON_NO_TCP_PORT or
// REASON_PORT_AMBIGUOUS, and `port` is untouched. Rows without a valid number count as absent; a
// number declared twice counts once.
enum reason ports_choose(struct value ports, struct arena *arena, struct port *port);

// The TCP port that `wanted`, a number or a name, stands for in `ports`. REASON_NONE with `port`;
// else REASON_NO_PORT when nothing is declared, or REASON_PORT_NOT_DECLARED.
enum reason ports_find(struct value ports, struct slice wanted, struct arena *arena,
                       struct port *port);

// The first container that is no proxy; NULL when there is none.
const struct container *ports_first_container(const struct facts *facts);

// Whether `container` is the only one that is no proxy.
bool ports_only_container(const struct facts *facts, const struct container *container);

#endif
