// Compares workloads with Services: which port a probe should ask, and what does not fit together.
#include "preview/hints.h"

#include <inttypes.h>

#include "base/arena.h"
#include "preview/look.h"
#include "preview/probed.h"
#include "signs/ports.h"

static void say_port(const struct look *look, const struct container *container,
                     const struct candidate *candidate)
{
    struct text text;

    look_container(look, container, &text);
    text_puts(&text, ": Service ");
    text_add(&text, candidate->service->name);
    text_printf(&text,
                " sends requests to port %" PRId32
                "; the annotation evenkeel.dev/readiness-port: \"%" PRId32
                "\" (or --annotate) lets evenkeel probe it",
                candidate->number, candidate->number);
    look_say(look, false, &text);
}

static void say_disagree(const struct look *look, const struct container *container,
                         const struct candidates *candidates)
{
    const struct candidate *a = &candidates->items[0];
    const struct candidate *b = &candidates->items[1];
    struct text text;

    if (a->service == b->service)
        return;
    look_container(look, container, &text);
    text_puts(&text, ": Service ");
    text_add(&text, a->service->name);
    text_printf(&text, " sends requests to port %" PRId32 " and Service ", a->number);
    text_add(&text, b->service->name);
    text_printf(&text, " to port %" PRId32 "; choose one with evenkeel.dev/readiness-port",
                b->number);
    look_say(look, true, &text);
}

// Whether a readiness probe was left out for a reason that a Service's port contradicts.
static bool wants_port(const struct look *look, const struct container *container)
{
    static const enum reason open[] = {
        REASON_NO_PORT,     REASON_PORT_AMBIGUOUS, REASON_LISTENS_ELSEWHERE,
        REASON_NOT_CERTAIN, REASON_WORKER,         REASON_LIVENESS_EXEC};
    const struct admission *admission = &look->decision->admission;

    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        if (!outcome->rule || strcmp(outcome->rule->name, "readinessProbe") != 0 ||
            !slice_equal(outcome->container, container->name))
            continue;
        for (size_t k = 0; k < sizeof(open) / sizeof(open[0]); k++)
            if (outcome->finding.reason == open[k])
                return true;
    }
    return false;
}

// Names the containers without ports, one of which must listen on a number that none declares.
static void say_undeclared(const struct look *look, const struct service *service, int64_t number,
                           const struct container *const *open, uint32_t count)
{
    struct text text;

    text_init(&text, look->arena, HINT_SIZE_MAX);
    text_puts(&text, "Service ");
    text_add(&text, service->name);
    text_printf(&text,
                " sends requests to port %" PRId64 ", which no container declares; "
                "declare it in the container that listens there: ",
                number);
    for (uint32_t i = 0; i < count; i++) {
        text_puts(&text, i == 0 ? "" : i + 1 == count ? " or " : ", ");
        text_add(&text, open[i]->name);
    }
    look_say(look, false, &text);
}

static bool is_declared(const struct look *look, int64_t number)
{
    const struct facts *facts = &look->decision->admission.run->facts;

    for (uint32_t i = 0; i < facts->container_count; i++)
        if (ports_declare(facts->containers[i].ports, number))
            return true;
    return false;
}

// Several containers without ports, and a Service that means one of them by its number.
static void look_at_undeclared(const struct look *look)
{
    const struct facts *facts = &look->decision->admission.run->facts;
    const struct container *open[CONTAINERS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < facts->container_count; i++)
        if (!facts->containers[i].proxy && value_count(facts->containers[i].ports) == 0 &&
            wants_port(look, &facts->containers[i]))
            open[count++] = &facts->containers[i];
    for (uint32_t i = 0; count > 1 && i < look->service_count; i++)
        for (uint32_t k = 0; k < look->services[i]->port_count; k++) {
            int64_t number;
            if (slice_integer(look->services[i]->ports[k], 1, PORT_NUMBER_MAX, &number) &&
                !is_declared(look, number))
                say_undeclared(look, look->services[i], number, open, count);
        }
}

// Says what a container lacks. Returns the port that would settle it, or 0.
static int32_t look_at_container(const struct look *look, const struct container *container)
{
    struct candidates candidates = look_candidates(look, container);

    if (container->proxy)
        return 0;
    if (!wants_port(look, container))
        return probed_check(look, container, &candidates);
    if (candidates.count == 1)
        say_port(look, container, &candidates.items[0]);
    else if (candidates.count > 1)
        say_disagree(look, container, &candidates);
    return candidates.count == 1 ? candidates.items[0].number : 0;
}

static int32_t look_at_containers(const struct look *look)
{
    const struct facts *facts = &look->decision->admission.run->facts;
    int32_t settled = 0;

    for (uint32_t i = 0; i < facts->container_count; i++) {
        int32_t port = look_at_container(look, &facts->containers[i]);
        settled = settled ? settled : port;
    }
    look_at_undeclared(look);
    return settled;
}

// Whether the input has a Service in the workload's namespace, so that one could select it.
static bool has_neighbour(const struct services *services, struct slice namespace)
{
    for (const struct service *service = services->first; service; service = service->next)
        if (slice_equal(service->namespace, namespace))
            return true;
    return false;
}

static int32_t look_at(const struct look *look, struct services *services)
{
    for (uint32_t i = 0; i < look->service_count; i++) {
        struct service *service = look->services[i];
        if (service->load_balancer && !service->not_ready.data && !probed_is(look->after))
            service->not_ready = slice_copy(services->arena, look->decision->name);
    }
    if (!look->decision->admission.run)
        return 0;
    probed_check_readiness(look);
    return look->service_count > 0 || has_neighbour(services, look->decision->namespace)
               ? look_at_containers(look)
               : 0;
}

int32_t hints_look(struct services *services, const char *file, const struct decision *decision,
                   struct arena *arena, bool quiet, struct hints *hints)
{
    struct value template = value_get(value_get(decision->value, "spec"), "template");
    struct value labels = value_get(value_get(template, "metadata"), "labels");
    struct service *matches[SERVICE_MATCHES_MAX];
    struct tape after = {0};
    struct look look = {.file = file,
                        .decision = decision,
                        .services = matches,
                        .arena = arena,
                        .after = &after,
                        .quiet = quiet,
                        .hints = hints};
    int32_t settled = 0;

    hints->count = 0;
    if (!decision->known || !value_exists(template) ||
        (!services->first && !probed_lacks_ready(decision->value)))
        return 0;
    look.service_count = services_select(services, decision->namespace, labels, matches);
    if (tape_parse(&after, decision->json, TAPE_FULL, NULL) == 0)
        settled = look_at(&look, services);
    tape_clear(&after);
    return settled;
}

static void add_warning(struct hints *hints, struct text *text)
{
    struct slice said = text_slice(text);

    if (said.data)
        hints->items[hints->count++] = (struct hint){true, said};
}

void hints_service(const struct service *service, struct arena *arena, struct hints *hints)
{
    struct text text;

    hints->count = 0;
    text_init(&text, arena, HINT_SIZE_MAX);
    if (service->not_ready.data) {
        text_puts(&text, "LoadBalancer Service ");
        text_add(&text, service->name);
        text_puts(&text, ": ");
        text_add(&text, service->not_ready);
        text_puts(&text,
                  " has no readiness probe in the end, so it gets requests before it can answer");
        add_warning(hints, &text);
    }
    text_init(&text, arena, HINT_SIZE_MAX);
    if (service->neighbours > 0 && service->selected == 0 &&
        value_count(value_root((struct tape *)&service->selector)) > 0) {
        text_puts(&text, "Service ");
        text_add(&text, service->name);
        text_puts(&text, " selects none of the workloads in the input");
        add_warning(hints, &text);
    }
}
