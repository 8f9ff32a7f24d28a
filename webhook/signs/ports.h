// Which port of a container to ask, from what the container declares. Never guesses one.
#ifndef EVENKEEL_SIGNS_PORTS_H
#define EVENKEEL_SIGNS_PORTS_H

#include "object/facts.h"
#include "policy/reason.h"
#include "signs/port_names.h"

enum { PORT_NUMBER_MAX = 65535 };

struct port {
    int32_t number;
    struct slice name; // absent when it has none
    // By ports_choose() only:
    bool serving; // its name says that it serves requests
    bool sole;    // no other TCP port is left once auxiliary ones are dropped
    bool only;    // the container declares no other TCP port at all
};

// Of a container's `ports` the only TCP one that is no auxiliary port. Of several, the likeliest
// serving one where all of them are serving ones, and else the first where that is one: a serving
// port behind others may be declared and unused. REASON_NONE with `port`; else REASON_NO_PORT,
// REASON_NO_TCP_PORT, REASON_AUXILIARY_PORT or REASON_PORT_AMBIGUOUS, and `port` is untouched. Rows
// without a valid number count as absent; a number declared twice counts once, by its first name.
// `words` may be NULL.
enum reason ports_choose(struct value ports, const struct port_words *words, struct arena *arena,
                         struct port *port);

// The same, but where nothing but auxiliary ports is left, it chooses among those as if they were
// plain: for an owner who says that there is something to ask.
enum reason ports_choose_any(struct value ports, const struct port_words *words,
                             struct arena *arena, struct port *port);

// The TCP port that `wanted`, a number or a name, stands for in `ports`. REASON_NONE with `port`;
// else REASON_NO_PORT when nothing is declared, or REASON_PORT_NOT_DECLARED.
enum reason ports_find(struct value ports, struct slice wanted, struct arena *arena,
                       struct port *port);

// The same for the port of a probe: `wanted` is a number or a string.
enum reason ports_find_value(struct value ports, struct value wanted, struct arena *arena,
                             struct port *port);

// Whether `ports` has a port of this number, of whatever protocol.
bool ports_declare(struct value ports, int64_t number);

// The same for a caller that asks about many numbers: a set of all of them, in the arena. NULL if
// the list is short enough to be walked each time, or if memory is short.
struct port_set;
const struct port_set *ports_set(struct value ports, struct arena *arena);

// Whether `set` has the number, or `ports` where there is no set of them.
bool ports_set_has(const struct port_set *set, struct value ports, int64_t number);

// Returns the first container that is no proxy. NULL if there is none.
const struct container *ports_first_container(const struct facts *facts);

// Whether `container` is the only one that is no proxy.
bool ports_only_container(const struct facts *facts, const struct container *container);

#endif
