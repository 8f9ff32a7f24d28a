// Asks the tables in turn. Each has its own file.
#include "signs/answers.h"

#include "signs/dapr.h"
#include "signs/idle_command.h"
#include "signs/leader_election.h"
#include "signs/listen_signs.h"
#include "signs/talks_first.h"
#include "signs/words.h"
#include "signs/worker_words.h"

// Whether another container of the pod has a port with a serving name. Requests come in there, and
// this one may well listen on the loopback address for it, as many servers do unless told
// otherwise.
static bool has_front(const struct facts *facts, const struct container *container,
                      const struct port_words *words, struct arena *arena)
{
    struct port port;

    for (uint32_t i = 0; i < facts->container_count; i++) {
        const struct container *other = &facts->containers[i];

        if (other != container && !other->proxy &&
            ports_choose(other->ports, words, arena, &port) == REASON_NONE && port.serving)
            return true;
    }
    return false;
}

// Signs that nothing listens on `port`, or not for the kubelet.
static enum reason answers_nobody(const struct facts *facts, const struct container *container,
                                  const struct port_words *words, const struct command_line *line,
                                  const struct port *port, struct arena *arena)
{
    struct environment variables;

    if (dapr_is_enabled(facts, arena))
        return REASON_DAPR;
    if (idle_command_runs(line))
        return REASON_IDLE_COMMAND;
    environment_read(&variables, value_get(container->at, "env"), arena);
    switch (listen_signs_read(line, &variables, container->ports, arena)) {
    case LISTENING_LOCALLY:
        return REASON_LISTENS_LOCALLY;
    case LISTENING_ELSEWHERE:
        return REASON_LISTENS_ELSEWHERE;
    case LISTENING_THERE:
        return port->only && leader_election_is_on(line, &variables) ? REASON_LEADER_ELECTION
                                                                     : REASON_NONE;
    case LISTENING_UNKNOWN:
        break;
    }
    if (!port->serving && has_front(facts, container, words, arena))
        return REASON_PORT_AMBIGUOUS;
    if (port->only && leader_election_is_on(line, &variables))
        return REASON_LEADER_ELECTION;
    if (!port->serving && worker_words_name(container->name, line))
        return REASON_WORKER;
    return REASON_NONE;
}

// A helper beside the application whose own name shows that it measures or controls. A container
// that only measures others also counts when it is alone.
static bool is_auxiliary(const struct facts *facts, const struct container *container,
                         const struct port_words *words, const struct port *port)
{
    unsigned rank;

    if (port->serving || port_names_meaning(container->name, words, &rank) != PORT_AUXILIARY)
        return false;
    return words_name_has(container->name, "exporter") || !ports_only_container(facts, container);
}

enum reason answers_choose(const struct facts *facts, const struct container *container,
                           const struct port_words *words, enum evidence_level level,
                           struct arena *arena, struct port *port)
{
    struct command_line line;
    struct port chosen;
    enum reason reason = ports_choose(container->ports, words, arena, &chosen);

    if (reason != REASON_NONE)
        return reason;
    if (is_auxiliary(facts, container, words, &chosen))
        return REASON_AUXILIARY_PORT;
    command_line_read(container->at, arena, &line);
    reason = answers_nobody(facts, container, words, &line, &chosen, arena);
    if (reason == REASON_NONE)
        reason = talks_first_read(&chosen, &line);
    if (reason == REASON_NONE && level == EVIDENCE_CERTAIN && !(chosen.serving && chosen.sole))
        reason = REASON_NOT_CERTAIN;
    if (reason == REASON_NONE)
        *port = chosen;
    return reason;
}
