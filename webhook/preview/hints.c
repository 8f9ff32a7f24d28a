// Services beside workloads: which port a probe should ask, and what does not fit together.
#include "preview/hints.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "preview/progress.h"
#include "run/run.h"
#include "signs/ports.h"

enum { CANDIDATES_MAX = 8 };

// A port of one container that a Service sends requests to.
struct candidate {
    int32_t number;
    const struct service *service;
};

struct candidates {
    struct candidate items[CANDIDATES_MAX];
    uint32_t count;
};

struct look {
    const char *file;
    const struct decision *decision;
    struct service *const *services;
    uint32_t service_count;
    struct arena *arena;
};

static void print(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        putc((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i],
             stderr);
}

static void begin(const char *file, uint32_t line, const char *what)
{
    progress_erase(stderr);
    fputs("evenkeel: ", stderr);
    print(slice_of(file));
    fprintf(stderr, ":%" PRIu32 ": %s: ", line, what);
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

// The ports of `container` that the Services use. One that declares none may be meant by a number,
// if it is alone.
static struct candidates candidates_of(const struct look *look, const struct container *container)
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
            else if (reason == REASON_NO_PORT && ports_only_container(facts, container) &&
                     slice_integer(service->ports[k], 1, PORT_NUMBER_MAX, &number))
                add(&candidates, (int32_t)number, service);
        }
    }
    return candidates;
}

static void say_port(const struct look *look, const struct container *container,
                     const struct candidate *candidate)
{
    begin(look->file, look->decision->object->line, "hint");
    fprintf(stderr, "container ");
    print(container->name);
    fprintf(stderr, ": Service ");
    print(candidate->service->name);
    fprintf(stderr,
            " sends requests to port %" PRId32
            "; the annotation evenkeel.dev/readiness-port: \"%" PRId32
            "\" (or --annotate) has it probed\n",
            candidate->number, candidate->number);
}

static void say_disagree(const struct look *look, const struct container *container,
                         const struct candidates *candidates)
{
    const struct candidate *a = &candidates->items[0];
    const struct candidate *b = &candidates->items[1];

    if (a->service == b->service)
        return;
    begin(look->file, look->decision->object->line, "warning");
    fprintf(stderr, "container ");
    print(container->name);
    fprintf(stderr, ": Service ");
    print(a->service->name);
    fprintf(stderr, " sends requests to port %" PRId32 " and Service ", a->number);
    print(b->service->name);
    fprintf(stderr, " to port %" PRId32 "; say which to probe with evenkeel.dev/readiness-port\n",
            b->number);
}

static struct value probe_port(struct value probe)
{
    struct value port = value_get(value_get(probe, "httpGet"), "port");

    if (!value_exists(port))
        port = value_get(value_get(probe, "tcpSocket"), "port");
    return value_exists(port) ? port : value_get(value_get(probe, "grpc"), "port");
}

// A user's own probe that asks a port of the container which no Service uses, while they use
// another one.
static void check_probe(const struct look *look, const struct container *container,
                        const struct candidates *candidates)
{
    struct value wanted = probe_port(value_get(container->at, "readinessProbe"));
    struct slice text = value_string(wanted, look->arena);
    struct port port;
    int64_t number;

    if (!value_exists(wanted) || candidates->count == 0)
        return;
    text = text.data ? text : value_raw(wanted);
    if (ports_find(container->ports, text, look->arena, &port) == REASON_NONE)
        number = port.number;
    else if (!slice_integer(text, 1, PORT_NUMBER_MAX, &number))
        return;
    for (uint32_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].number == number)
            return;
    }
    begin(look->file, look->decision->object->line, "warning");
    fprintf(stderr, "container ");
    print(container->name);
    fprintf(stderr, ": its readinessProbe asks port %" PRId64 ", but Service ", number);
    print(candidates->items[0].service->name);
    fprintf(stderr, " sends requests to port %" PRId32 "\n", candidates->items[0].number);
}

static bool wants_port(const struct look *look, const struct container *container)
{
    const struct admission *admission = &look->decision->admission;

    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        if (outcome->rule && !strcmp(outcome->rule->name, "readinessProbe") &&
            slice_equal(outcome->container, container->name) &&
            (outcome->finding.reason == REASON_NO_PORT ||
             outcome->finding.reason == REASON_PORT_AMBIGUOUS))
            return true;
    }
    return false;
}

static int32_t look_at_containers(const struct look *look, bool quiet)
{
    const struct facts *facts = &look->decision->admission.run->facts;
    int32_t settled = 0;

    for (uint32_t i = 0; i < facts->container_count; i++) {
        const struct container *container = &facts->containers[i];
        struct candidates candidates = candidates_of(look, container);
        bool wanted = wants_port(look, container);
        if (container->proxy)
            continue;
        if (wanted && candidates.count == 1 && settled == 0)
            settled = candidates.items[0].number;
        if (quiet)
            continue;
        if (wanted && candidates.count == 1)
            say_port(look, container, &candidates.items[0]);
        else if (wanted && candidates.count > 1)
            say_disagree(look, container, &candidates);
        check_probe(look, container, &candidates);
    }
    return settled;
}

// Whether a container of the object, as it would be, has a readiness probe.
static bool is_probed(const struct decision *decision)
{
    struct tape tape = {0};
    bool found = false;

    if (tape_parse(&tape, decision->json, TAPE_FULL, NULL) == 0) {
        struct value template = value_get(value_get(value_root(&tape), "spec"), "template");
        struct value list = value_get(value_get(template, "spec"), "containers");
        for (struct value item = value_first(list); item.node; item = value_next(item))
            found = found || value_exists(value_get(item, "readinessProbe"));
    }
    tape_clear(&tape);
    return found;
}

int32_t hints_look(struct services *services, const char *file, const struct decision *decision,
                   struct arena *arena, bool quiet)
{
    struct service *matches[SERVICE_MATCHES_MAX];
    struct value template = value_get(value_get(decision->value, "spec"), "template");
    struct value labels = value_get(value_get(template, "metadata"), "labels");
    struct look look = {.file = file, .decision = decision, .services = matches, .arena = arena};

    if (!services->first || !decision->known || !value_exists(template))
        return 0;
    look.service_count = services_select(services, decision->namespace, labels, matches);
    for (uint32_t i = 0; i < look.service_count; i++) {
        if (matches[i]->load_balancer && !matches[i]->not_ready.data && !is_probed(decision))
            matches[i]->not_ready = slice_copy(services->arena, decision->name);
    }
    if (look.service_count == 0 || !decision->admission.run)
        return 0;
    return look_at_containers(&look, quiet);
}

void hints_finish(const struct services *services)
{
    for (const struct service *service = services->first; service; service = service->next) {
        if (service->not_ready.data) {
            begin(service->file, service->line, "warning");
            fprintf(stderr, "LoadBalancer Service ");
            print(service->name);
            fprintf(stderr, ": ");
            print(service->not_ready);
            fprintf(stderr,
                    " ends without a readiness probe, so it gets requests before it can answer\n");
        }
        if (service->neighbours > 0 && service->selected == 0 &&
            value_count(value_root((struct tape *)&service->selector)) > 0) {
            begin(service->file, service->line, "warning");
            fprintf(stderr, "Service ");
            print(service->name);
            fprintf(stderr, " selects none of the workloads in the input\n");
        }
    }
}
