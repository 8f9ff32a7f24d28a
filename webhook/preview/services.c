// Services as selectors and ports.
#include "preview/services.h"

#include <stdlib.h>

#include "base/arena.h"

enum { SERVICES_MEMORY_MAX = 256 * 1024 * 1024 };

static struct slice copy(struct services *services, struct slice text)
{
    return text.data ? slice_copy(services->arena, text) : text;
}

// A port as text: a name decoded, a number as it is written.
static struct slice port_text(struct services *services, struct value port)
{
    struct slice text = value_string(port, services->arena);

    return text.data ? copy(services, text) : copy(services, value_raw(port));
}

static void learn_ports(struct services *services, struct service *service, struct value ports)
{
    for (struct value port = value_first(ports); port.node; port = value_next(port)) {
        struct value target = value_get(port, "targetPort");
        struct value protocol = value_get(port, "protocol");
        int64_t number;
        bool unset = !value_exists(target) || (value_integer(target, &number) && number == 0);
        if (service->port_count == SERVICE_PORTS_MAX)
            return;
        if (value_exists(protocol) && !value_is(protocol, "TCP"))
            continue;
        target = unset ? value_get(port, "port") : target;
        if (value_exists(target))
            service->ports[service->port_count++] = port_text(services, target);
    }
}

static struct service *learn(struct services *services, struct value object, struct slice fallback)
{
    struct value metadata = value_get(object, "metadata");
    struct value spec = value_get(object, "spec");
    struct value own = value_get(metadata, "namespace");
    struct value selector = value_get(spec, "selector");
    struct service *service = arena_alloc(services->arena, sizeof(*service));

    if (!service)
        return NULL;
    service->namespace =
        copy(services, value_exists(own) ? value_string(own, services->arena) : fallback);
    service->name = copy(services, value_string(value_get(metadata, "name"), services->arena));
    service->load_balancer = value_is(value_get(spec, "type"), "LoadBalancer");
    service->headless = value_is(value_get(spec, "clusterIP"), "None");
    service->ready_only =
        service->headless && !value_is_true(value_get(spec, "publishNotReadyAddresses"));
    learn_ports(services, service, value_get(spec, "ports"));
    if (value_count(selector) > 0 &&
        tape_parse(&service->selector, copy(services, value_raw(selector)), TAPE_FULL, NULL)) {
        tape_clear(&service->selector);
        return NULL;
    }
    return service;
}

int services_learn(struct services *services, const char *file, const struct object *object,
                   struct slice namespace, struct error *error)
{
    struct tape tape = {0};
    struct service *service = NULL;

    if (!slice_is(object->kind, "Service") || !slice_is(object->api_version, "v1"))
        return 0;
    if (!services->arena)
        services->arena = arena_new(SERVICES_MEMORY_MAX);
    if (services->arena && tape_parse(&tape, object->json, TAPE_FULL, NULL) == 0)
        service = learn(services, value_root(&tape), namespace);
    tape_clear(&tape);
    if (!service)
        return error_set(error, "memory is short");
    service->file = file;
    service->line = object->line;
    if (!services->end)
        services->end = &services->first;
    *services->end = service;
    services->end = &service->next;
    service->order = services->count++;
    return 0;
}

static struct slice text_of(struct services *services, struct value string)
{
    struct slice text = value_string(string, services->arena);

    return text.data ? text : SLICE("");
}

static struct index_name label_name(struct services *services, struct slice namespace,
                                    struct value label)
{
    return (struct index_name){
        {namespace, text_of(services, value_key(label)), text_of(services, label)}};
}

static bool count_labels(struct services *services, struct service *service)
{
    struct value selector = value_root(&service->selector);

    for (struct value label = value_first(selector); label.node; label = value_next(label)) {
        struct index_entry *entry =
            index_add(&services->labels, label_name(services, service->namespace, label));
        if (!entry)
            return false;
        entry->count++;
    }
    return index_add(&services->namespaces, (struct index_name){{service->namespace}}) != NULL;
}

// Stores it under its rarest label, because the others may be on every workload.
static void file_under_rarest(struct services *services, struct service *service)
{
    struct value selector = value_root(&service->selector);
    struct index_entry *rarest = NULL;

    for (struct value label = value_first(selector); label.node; label = value_next(label)) {
        struct index_entry *entry =
            index_find(&services->labels, label_name(services, service->namespace, label));
        if (!rarest || entry->count < rarest->count)
            rarest = entry;
    }
    if (!rarest)
        return;
    service->next_alike = rarest->first;
    rarest->first = service;
}

static bool index_all(struct services *services)
{
    services->indexed = true;
    for (struct service *service = services->first; service; service = service->next) {
        if (!count_labels(services, service)) {
            index_clear(&services->labels);
            return false;
        }
    }
    for (struct service *service = services->first; service; service = service->next)
        file_under_rarest(services, service);
    return true;
}

// Keeps the first ones of the input, in order.
static uint32_t add_match(struct service *matches[SERVICE_MATCHES_MAX], uint32_t count,
                          struct service *service)
{
    uint32_t at = count;

    while (at > 0 && matches[at - 1]->order > service->order)
        at--;
    if (at == SERVICE_MATCHES_MAX)
        return count;
    if (count == SERVICE_MATCHES_MAX)
        count--;
    memmove(&matches[at + 1], &matches[at], (count - at) * sizeof(matches[0]));
    matches[at] = service;
    return count + 1;
}

uint32_t services_select(struct services *services, struct slice namespace, struct value labels,
                         struct service *matches[SERVICE_MATCHES_MAX])
{
    struct index_entry *here;
    uint32_t count = 0;

    if (!services->indexed && !index_all(services))
        return 0;
    here = index_find(&services->namespaces, (struct index_name){{namespace}});
    if (!here)
        return 0;
    here->count++;
    for (struct value label = value_first(labels); label.node; label = value_next(label)) {
        const struct index_entry *alike =
            index_find(&services->labels, label_name(services, namespace, label));
        struct service *service = alike ? alike->first : NULL;
        for (; service; service = service->next_alike) {
            if (!value_subset(value_root(&service->selector), labels))
                continue;
            service->selected++;
            count = add_match(matches, count, service);
        }
    }
    return count;
}

void services_count(struct services *services)
{
    for (struct service *service = services->first; service; service = service->next) {
        const struct index_entry *entry =
            index_find(&services->namespaces, (struct index_name){{service->namespace}});
        service->neighbours = entry ? (unsigned)entry->count : 0;
    }
}

void services_clear(struct services *services)
{
    for (struct service *service = services->first; service; service = service->next)
        tape_clear(&service->selector);
    index_clear(&services->labels);
    index_clear(&services->namespaces);
    arena_free(services->arena);
    *services = (struct services){0};
}
