// Reads names, commands and ports, and judges all containers together.
#include "run/worker.h"

#include "signs/ports.h"
#include "signs/worker_words.h"

static bool asks_port(struct value probe)
{
    return value_exists(value_get(probe, "httpGet")) ||
           value_exists(value_get(probe, "tcpSocket")) || value_exists(value_get(probe, "grpc"));
}

// Whether the container's ports get requests. `named`: its name or command says that it is a
// worker, so that a port without a serving name is none for them.
static bool serves(const struct container *container, bool named, struct arena *arena)
{
    struct port port;

    if (asks_port(value_get(container->at, "readinessProbe")))
        return true;
    switch (ports_choose(container->ports, NULL, arena, &port)) {
    case REASON_NO_PORT:
    case REASON_AUXILIARY_PORT:
        return false;
    case REASON_NONE:
        return port.serving || !named;
    default:
        return !named;
    }
}

bool worker_runs(const struct facts *facts, struct arena *arena)
{
    bool named = false, named_portless = false, ports = false;
    struct command_line line;

    for (uint32_t i = 0; i < facts->container_count; i++) {
        const struct container *container = &facts->containers[i];

        if (container->proxy)
            continue;
        command_line_read(container->at, arena, &line);
        bool one = worker_words_name(container->name, &line);
        if (serves(container, one, arena))
            return false;
        ports = ports || value_count(container->ports) > 0;
        named = named || one || worker_words_name(facts->name, &line);
        named_portless = named_portless || worker_words_portless(container->name, &line) ||
                         worker_words_portless(facts->name, &line);
    }
    return ports ? named : named_portless;
}
