// Finds the ports that matter. It decides nothing.
#include "preview/look.h"

#include <inttypes.h>
#include <stdio.h>

#include "preview/progress.h"
#include "signs/ports.h"

void look_print(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        putc((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i],
             stderr);
}

void look_begin(const char *file, uint32_t line, const char *what)
{
    progress_erase(stderr);
    fputs("evenkeel: ", stderr);
    look_print(slice_of(file));
    fprintf(stderr, ":%" PRIu32 ": %s: ", line, what);
}

void look_begin_container(const struct look *look, const char *what,
                          const struct container *container)
{
    look_begin(look->file, look->decision->object->line, what);
    fprintf(stderr, "container ");
    look_print(container->name);
}

static void add(struct candidates *candidates, int32_t number, const struct service *service)
{
    for (uint32_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].number == number)
            return;
    }
    if (candidates->count < CANDIDATES_MAX)
        candidates->items[candidates->count++] = (struct candidate){number, service};
}

struct candidates look_candidates(const struct look *look, const struct container *container)
{
    const struct facts *facts = &look->decision->admission.run->facts;
    struct candidates candidates = {.count = 0};

    for (uint32_t i = 0; i < look->service_count; i++) {
        const struct service *service = look->services[i];
        for (uint32_t k = 0; k < service->port_count; k++) {
            struct port port;
            int64_t number;
            enum reason reason =
                ports_find(container->ports, service->ports[k], look->arena, &port);
            if (reason == REASON_NONE)
                add(&candidates, port.number, service);
            else if (ports_only_container(facts, container) &&
                     slice_integer(service->ports[k], 1, PORT_NUMBER_MAX, &number))
                add(&candidates, (int32_t)number, service);
        }
    }
    return candidates;
}
