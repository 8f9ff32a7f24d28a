// Finds the ports that matter. It decides nothing.
#include "preview/look.h"

#include "preview/say.h"
#include "signs/ports.h"

void look_container(const struct look *look, const struct container *container, struct text *text)
{
    text_init(text, look->arena, HINT_SIZE_MAX);
    text_puts(text, "container ");
    text_add(text, container->name);
}

void look_say(const struct look *look, bool warning, struct text *text)
{
    struct hint hint = {warning, text_slice(text)};

    if (look->quiet || !hint.text.data)
        return;
    say_hint(look->file, look->decision->object->line, hint.warning, hint.text);
    if (look->hints->count < HINTS_MAX)
        look->hints->items[look->hints->count++] = hint;
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
