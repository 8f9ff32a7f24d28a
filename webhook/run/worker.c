// Reads names, commands and ports, and judges all containers together.
#include "run/worker.h"

#include "object/handlers.h"
#include "signs/ports.h"
#include "signs/worker_words.h"

// A probe that evenkeel wrote shows nothing.
static bool user_asks_port(struct run *run, const struct container *container)
{
    return value_exists(handlers_port(value_get(container->at, "readinessProbe"))) &&
           !run_is_ours(run, plan_member(&run->plan, container->place, "readinessProbe"));
}

// Whether the container's ports get requests. A port without a serving name gets none where a name
// or the command says that the container is a worker.
enum serving { SERVES_NOBODY, SERVES_UNLESS_NAMED, SERVES };

static enum serving serving(struct run *run, const struct container *container,
                            const struct port_words *words)
{
    struct port port;

    if (user_asks_port(run, container))
        return SERVES;
    switch (ports_choose(container->ports, words, run->arena, &port)) {
    case REASON_NO_PORT:
    case REASON_AUXILIARY_PORT:
        return SERVES_NOBODY;
    case REASON_NONE:
        return port.serving ? SERVES : SERVES_UNLESS_NAMED;
    default:
        return SERVES_UNLESS_NAMED;
    }
}

bool worker_runs(struct run *run, const struct port_words *words)
{
    const struct facts *facts = &run->facts;
    bool named = false, named_portless = false, ports = false;
    struct command_line line;

    for (uint32_t i = 0; i < facts->container_count; i++) {
        const struct container *container = &facts->containers[i];

        if (container->proxy)
            continue;
        enum serving serves = serving(run, container, words);
        if (serves == SERVES)
            return false;
        command_line_read(container->at, run->arena, &line);
        bool one = worker_words_name(container->name, &line);
        if (serves == SERVES_UNLESS_NAMED && !one)
            return false;
        ports = ports || value_count(container->ports) > 0;
        named = named || one || worker_words_name(facts->name, &line);
        named_portless = named_portless || worker_words_portless(container->name, &line) ||
                         worker_words_portless(facts->name, &line);
    }
    return ports ? named : named_portless;
}
