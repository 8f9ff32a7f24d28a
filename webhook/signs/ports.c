// Reads container ports and chooses among them. It knows nothing of probes.
#include "signs/ports.h"

// The first in this order is the port that serves requests.
static const char *const serving_names[] = {"http", "web", "https", "grpc"};
enum { SERVING_NAMES = sizeof(serving_names) / sizeof(serving_names[0]) };

static bool port_read(struct value item, struct arena *arena, struct port *port, bool *tcp)
{
    struct value protocol = value_get(item, "protocol");
    int64_t number;

    if (!value_integer(value_get(item, "containerPort"), &number) || number < 1 ||
        number > PORT_NUMBER_MAX)
        return false;
    port->number = (int32_t)number;
    port->name = value_string(value_get(item, "name"), arena);
    *tcp = !value_exists(protocol) || value_is(protocol, "TCP") || value_is(protocol, "");
    return true;
}

static unsigned port_rank(const struct port *port)
{
    unsigned rank = 0;

    while (rank < SERVING_NAMES && !slice_is(port->name, serving_names[rank]))
        rank++;
    return rank;
}

enum reason ports_choose(struct value ports, struct arena *arena, struct port *port)
{
    struct port best = {0}, read;
    unsigned best_rank = SERVING_NAMES + 1;
    bool any = false, several = false, tcp;

    for (struct value item = value_first(ports); item.node; item = value_next(item)) {
        if (!port_read(item, arena, &read, &tcp))
            continue;
        any = true;
        if (!tcp)
            continue;
        several = several || (best.number && best.number != read.number);
        if (port_rank(&read) < best_rank) {
            best_rank = port_rank(&read);
            best = read;
        }
    }
    if (!best.number)
        return any ? REASON_NO_TCP_PORT : REASON_NO_PORT;
    if (several && best_rank == SERVING_NAMES)
        return REASON_PORT_AMBIGUOUS;
    *port = best;
    return REASON_NONE;
}

enum reason ports_find(struct value ports, struct slice wanted, struct arena *arena,
                       struct port *port)
{
    int64_t number = 0;
    bool by_number = slice_integer(wanted, 1, PORT_NUMBER_MAX, &number);
    bool any = false, tcp;
    struct port read;

    for (struct value item = value_first(ports); item.node; item = value_next(item)) {
        if (!port_read(item, arena, &read, &tcp))
            continue;
        any = true;
        if (tcp && (by_number ? read.number == number : slice_equal(read.name, wanted))) {
            *port = read;
            return REASON_NONE;
        }
    }
    return any ? REASON_PORT_NOT_DECLARED : REASON_NO_PORT;
}

const struct container *ports_first_container(const struct facts *facts)
{
    for (uint32_t i = 0; i < facts->container_count; i++)
        if (!facts->containers[i].proxy)
            return &facts->containers[i];
    return NULL;
}

bool ports_only_container(const struct facts *facts, const struct container *container)
{
    for (uint32_t i = 0; i < facts->container_count; i++)
        if (!facts->containers[i].proxy && &facts->containers[i] != container)
            return false;
    return !container->proxy;
}
