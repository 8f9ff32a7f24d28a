// Looks at probes after the engine has decided. It decides nothing.
#include "preview/probed.h"

#include <inttypes.h>

#include "object/annotations.h"
#include "object/handlers.h"
#include "signs/ports.h"

// The port number that a probe asks. 0 if it asks none, or an unknown one.
static int64_t probe_number(const struct look *look, const struct container *container,
                            struct value probe)
{
    struct value wanted = handlers_port(probe);
    struct port port;
    int64_t number = 0;

    if (!value_exists(wanted))
        return 0;
    if (ports_find_value(container->ports, wanted, look->arena, &port) == REASON_NONE)
        return port.number;
    slice_integer(value_raw(wanted), 1, PORT_NUMBER_MAX, &number);
    return number;
}

// The readiness probe of a container in the object's final state.
static struct value probe_after(const struct look *look, const struct container *container)
{
    struct value template = value_get(value_get(value_root(look->after), "spec"), "template");
    struct value list = value_get(value_get(template, "spec"), "containers");

    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (value_is_slice(value_get(item, "name"), container->name))
            return value_get(item, "readinessProbe");
    return (struct value){list.tape, 0};
}

// Whether this probe is evenkeel's, by the record in the object's final state.
static bool is_ours(const struct look *look, const struct container *container)
{
    struct value annotations =
        value_get(value_get(value_root(look->after), "metadata"), "annotations");
    struct slice json = value_string(value_get(annotations, ANNOTATION_INJECTED), look->arena);
    struct tape record = {0};
    struct text path;
    bool found;

    text_init(&path, look->arena, 1024);
    text_puts(&path, "spec.template.spec.containers[");
    text_add(&path, container->name);
    text_puts(&path, "].readinessProbe");
    found = json.data && tape_parse(&record, json, TAPE_FULL, NULL) == 0 &&
            value_exists(value_get_slice(value_root(&record), text_slice(&path)));
    tape_clear(&record);
    return found;
}

static void say_other_port(const struct look *look, const struct container *container,
                           int64_t number, const struct candidate *other, bool ours)
{
    struct text text;

    look_container(look, container, &text);
    text_printf(&text, ": its readinessProbe asks port %" PRId64 ", but Service ", number);
    text_add(&text, other->service->name);
    text_printf(&text, " sends requests to port %" PRId32, other->number);
    if (ours)
        text_printf(&text,
                    "; the annotation evenkeel.dev/readiness-port: \"%" PRId32
                    "\" (or --annotate) lets evenkeel probe that port",
                    other->number);
    look_say(look, true, &text);
}

static void say_no_request(const struct look *look, const struct container *container,
                           int64_t number)
{
    struct text text;

    look_container(look, container, &text);
    text_printf(&text, ": its readinessProbe asks port %" PRId64 "%s", number,
                look->service_count > 0 ? ", to which no Service sends requests"
                                        : ", but no Service in the input selects its pods");
    look_say(look, true, &text);
}

// Pods that find each other by such a Service must find those that are not ready yet.
static void say_headless(const struct look *look, const struct container *container)
{
    struct text text;

    for (uint32_t i = 0; i < look->service_count; i++) {
        if (!look->services[i]->ready_only)
            continue;
        look_container(look, container, &text);
        text_puts(&text, ": with evenkeel's readinessProbe, headless Service ");
        text_add(&text, look->services[i]->name);
        text_puts(&text, " lists a pod only when it is ready; if its pods find each other by this "
                         "Service, set its publishNotReadyAddresses");
        look_say(look, false, &text);
        return;
    }
}

// The only port to which a Service sends requests. 0 if there are several, or if the Service is
// headless: then its clients choose the port.
static int32_t sole_port(const struct candidates *candidates)
{
    return candidates->count == 1 && !candidates->items[0].service->headless
               ? candidates->items[0].number
               : 0;
}

// If no Service means a helper, the user's own probe in it is as they want it.
int32_t probed_check(const struct look *look, const struct container *container,
                     const struct candidates *candidates)
{
    const struct facts *facts = &look->decision->admission.run->facts;
    int64_t number = probe_number(look, container, probe_after(look, container));
    bool ours = is_ours(look, container);

    if (number == 0)
        return 0;
    if (ours)
        say_headless(look, container);
    for (uint32_t i = 0; i < candidates->count; i++)
        if (candidates->items[i].number == number)
            return 0;
    if (candidates->count > 0)
        say_other_port(look, container, number, &candidates->items[0],
                       ours && sole_port(candidates) != 0);
    else if (ours || (look->service_count > 0 && ports_only_container(facts, container)))
        say_no_request(look, container, number);
    return ours ? sole_port(candidates) : 0;
}

static int64_t unready(struct value object, int64_t *all)
{
    struct value status = value_get(object, "status");
    int64_t ready = 0;

    *all = 0;
    value_integer(value_get(status, "replicas"), all);
    value_integer(value_get(status, "readyReplicas"), &ready);
    return *all - ready;
}

bool probed_lacks_ready(struct value object)
{
    int64_t all;

    return unready(object, &all) > 0;
}

void probed_check_readiness(const struct look *look)
{
    const struct facts *facts = &look->decision->admission.run->facts;
    int64_t all, missing = unready(facts->object, &all);

    for (uint32_t i = 0; missing > 0 && i < facts->container_count; i++) {
        const struct container *container = &facts->containers[i];
        int64_t number = probe_number(look, container, value_get(container->at, "readinessProbe"));
        struct text text;
        if (number == 0 || !is_ours(look, container))
            continue;
        look_container(look, container, &text);
        text_printf(&text,
                    ": %" PRId64 " of %" PRId64 " pods are not ready, and evenkeel's "
                    "readinessProbe asks port %" PRId64 ": check whether anything listens there",
                    missing, all, number);
        look_say(look, true, &text);
    }
}

bool probed_is(struct tape *after)
{
    struct value template = value_get(value_get(value_root(after), "spec"), "template");
    struct value list = value_get(value_get(template, "spec"), "containers");

    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (value_exists(value_get(item, "readinessProbe")))
            return true;
    return false;
}
