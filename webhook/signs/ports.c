// Reads container ports and chooses among them. It knows nothing of probes.
#include "signs/ports.h"

#include "base/arena.h"

enum { PORTS_FEW = 64 };

struct port_set {
    bool has[PORT_NUMBER_MAX + 1];
};

static bool port_read(struct value item, struct arena *arena, struct port *port, bool *tcp)
{
    struct value protocol = value_get(item, "protocol");
    int64_t number;

    if (!value_integer(value_get(item, "containerPort"), &number) || number < 1 ||
        number > PORT_NUMBER_MAX)
        return false;
    *port = (struct port){.number = (int32_t)number,
                          .name = value_string(value_get(item, "name"), arena)};
    *tcp = !value_exists(protocol) || value_is(protocol, "TCP") || value_is(protocol, "");
    return true;
}

// What was seen of a container's ports.
struct choice {
    struct port first; // of those that are left
    struct port best;  // the likeliest serving one of them
    unsigned best_rank;
    int32_t number; // of the first TCP port of all
    bool any, tcp;
    bool several, others, plain; // several left; several TCP ports; one left that serves nothing
};

static void choice_add(struct choice *choice, struct port *port, const struct port_words *words,
                       bool auxiliary_too)
{
    unsigned rank = 0;
    enum port_meaning meaning = port_names_meaning(port->name, words, &rank);

    choice->others = choice->others || (choice->tcp && choice->number != port->number);
    if (!choice->tcp)
        choice->number = port->number;
    choice->tcp = true;
    if (meaning == PORT_AUXILIARY && !auxiliary_too)
        return;
    port->serving = meaning == PORT_SERVING;
    if (choice->first.number == 0)
        choice->first = *port;
    choice->several = choice->several || choice->first.number != port->number;
    choice->plain = choice->plain || !port->serving;
    if (port->serving && (choice->best.number == 0 || rank < choice->best_rank)) {
        choice->best = *port;
        choice->best_rank = rank;
    }
}

static void choice_read(struct choice *choice, struct value ports, const struct port_words *words,
                        bool auxiliary_too, struct arena *arena)
{
    struct port port;
    bool tcp;

    *choice = (struct choice){.best_rank = 0};
    for (struct value item = value_first(ports); item.node; item = value_next(item)) {
        if (!port_read(item, arena, &port, &tcp))
            continue;
        choice->any = true;
        if (tcp)
            choice_add(choice, &port, words, auxiliary_too);
    }
}

static enum reason choice_take(const struct choice *choice, struct port *port)
{
    struct port chosen = choice->first;

    if (!choice->tcp)
        return choice->any ? REASON_NO_TCP_PORT : REASON_NO_PORT;
    if (choice->first.number == 0)
        return REASON_AUXILIARY_PORT;
    if (choice->best.number != 0 && (!choice->several || !choice->plain))
        chosen = choice->best;
    else if (choice->several && !choice->first.serving)
        return REASON_PORT_AMBIGUOUS;
    chosen.sole = !choice->several;
    chosen.only = !choice->others;
    *port = chosen;
    return REASON_NONE;
}

enum reason ports_choose(struct value ports, const struct port_words *words, struct arena *arena,
                         struct port *port)
{
    struct choice choice;

    choice_read(&choice, ports, words, false, arena);
    return choice_take(&choice, port);
}

enum reason ports_choose_any(struct value ports, const struct port_words *words,
                             struct arena *arena, struct port *port)
{
    struct choice choice;
    enum reason reason = ports_choose(ports, words, arena, port);

    if (reason != REASON_AUXILIARY_PORT)
        return reason;
    choice_read(&choice, ports, words, true, arena);
    return choice_take(&choice, port);
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

enum reason ports_find_value(struct value ports, struct value wanted, struct arena *arena,
                             struct port *port)
{
    struct slice text = value_string(wanted, arena);

    return ports_find(ports, text.data ? text : value_raw(wanted), arena, port);
}

bool ports_declare(struct value ports, int64_t number)
{
    int64_t declared;

    for (struct value item = value_first(ports); item.node; item = value_next(item))
        if (value_integer(value_get(item, "containerPort"), &declared) && declared == number)
            return true;
    return false;
}

const struct port_set *ports_set(struct value ports, struct arena *arena)
{
    bool few = value_count(ports) <= PORTS_FEW;
    struct port_set *set = few ? NULL : arena_alloc(arena, sizeof(*set));
    int64_t number;

    for (struct value item = value_first(ports); set && item.node; item = value_next(item))
        if (value_integer(value_get(item, "containerPort"), &number) && number >= 1 &&
            number <= PORT_NUMBER_MAX)
            set->has[number] = true;
    return set;
}

bool ports_set_has(const struct port_set *set, struct value ports, int64_t number)
{
    return set ? number >= 1 && number <= PORT_NUMBER_MAX && set->has[number]
               : ports_declare(ports, number);
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
