// Which port and handler a probe of ours has, and its JSON. The API's rules for probes:
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
#include "rules/probe.h"

#include "rules/fill.h"
#include "rules/names.h"
#include "signs/ports.h"

enum {
    PROBE_TEXT_MAX = 256 * 1024, // bytes of one probe's JSON
    GRPC_MINOR = 24,             // older API servers drop the field and refuse the empty handler
};

const char *const probe_handler_names[] = {"auto", NULL};

#define SHAPE_PORT(numbers_only)                                                                   \
    {                                                                                              \
        .key = "port", .type = (numbers_only) ? SHAPE_INTEGER : SHAPE_INT_OR_STRING,               \
        .required = true, .minimum = 1, .maximum = PORT_NUMBER_MAX                                 \
    }

static const char *const schemes[] = {"HTTP", "HTTPS", NULL};

static const struct shape header_shape[] = {
    {.key = "name", .type = SHAPE_STRING, .required = true, .minimum = 1},
    {.key = "value", .type = SHAPE_STRING, .required = true},
    {.key = NULL},
};

const struct shape probe_http_get_shape[] = {
    {.key = "path", .type = SHAPE_STRING, .minimum = 1, .fallback = "\"/\""},
    SHAPE_PORT(false),
    {.key = "host", .type = SHAPE_STRING, .minimum = 1},
    {.key = "scheme", .type = SHAPE_STRING, .fallback = "\"HTTP\"", .values = schemes},
    {.key = "httpHeaders", .type = SHAPE_LIST, .minimum = 1, .members = header_shape},
    {.key = NULL},
};

const struct shape probe_tcp_socket_shape[] = {
    SHAPE_PORT(false),
    {.key = "host", .type = SHAPE_STRING, .minimum = 1},
    {.key = NULL},
};

const struct shape probe_grpc_shape[] = {
    SHAPE_PORT(true),
    {.key = "service", .type = SHAPE_STRING, .fallback = "\"\""},
    {.key = NULL},
};

const struct shape probe_exec_shape[] = {
    {.key = "command", .type = SHAPE_STRINGS, .required = true, .minimum = 1},
    {.key = NULL},
};

static bool has(uint32_t bits, enum probe_field field)
{
    return bits >> field & 1;
}

static bool is_explicit(const struct settings *settings)
{
    return has(settings->present, PROBE_HTTP_GET) || has(settings->present, PROBE_TCP_SOCKET) ||
           has(settings->present, PROBE_GRPC) || has(settings->present, PROBE_EXEC);
}

// The app owner knows the app: an annotated port or path makes the handler auto.
static bool is_auto(const struct settings *settings)
{
    return has(settings->overridden, PROBE_PORT) || has(settings->overridden, PROBE_PATH) ||
           !is_explicit(settings);
}

// Names have no escapes in the JSON of a policy: a raw text with one is no name either.
static int check_headers(struct slice http_get, struct error *error)
{
    struct tape tape = {0};
    int result = http_get.size > 0 ? tape_parse(&tape, http_get, TAPE_FULL, error) : 0;
    struct value headers = value_get(value_root(&tape), "httpHeaders");

    for (struct value item = value_first(headers); item.node; item = value_next(item)) {
        struct slice raw = value_raw(value_get(item, "name"));

        if (raw.size < 2 || !names_is_header((struct slice){raw.data + 1, raw.size - 2}))
            result = error_set(error, "httpHeaders: %.*s is no header's name",
                               raw.size < 100 ? (int)raw.size : 100, raw.data);
    }
    tape_clear(&tape);
    return result;
}

int probe_check(const struct settings *settings, struct error *error)
{
    const struct probe_settings *own = (const struct probe_settings *)settings;
    int64_t number;

    if (!is_auto(settings) && (own->port.size > 0 || own->path.size > 0))
        return error_set(error, "port and path belong to the handler auto; write them into "
                                "httpGet, tcpSocket or grpc");
    if (own->port.size > 0 && !slice_integer(own->port, 1, PORT_NUMBER_MAX, &number) &&
        !names_is_port(own->port))
        return error_set(error, "port: expected a number from 1 to %d or the name of a port",
                         PORT_NUMBER_MAX);
    if (own->path.size > 0 && own->path.data[0] != '/')
        return error_set(error, "path: expected a path that begins with /");
    return check_headers(own->http_get, error);
}

static bool declared_elsewhere(struct run *run, struct slice wanted)
{
    const struct facts *facts = &run->facts;
    struct port port;

    for (uint32_t i = 0; i < facts->container_count; i++)
        if (!facts->containers[i].proxy &&
            ports_find(facts->containers[i].ports, wanted, run->arena, &port) == REASON_NONE)
            return true;
    return false;
}

// The port that an annotation on the object names; with `name`, the probe's, an unknown one is
// warned of. A number that no container declares is the first
// container's; a name must be declared, for the API would refuse an unknown one.
static enum reason find_owners_port(struct run *run, const struct container *container,
                                    struct slice wanted, const char *name, struct port *port)
{
    enum reason reason = ports_find(container->ports, wanted, run->arena, port);
    int64_t number;

    if (reason == REASON_NONE || container != ports_first_container(&run->facts) ||
        declared_elsewhere(run, wanted))
        return reason;
    if (slice_integer(wanted, 1, PORT_NUMBER_MAX, &number)) {
        *port = (struct port){.number = (int32_t)number};
        return REASON_NONE;
    }
    if (name)
        run_warn(run, "%s: no container declares the annotated port \"%.*s\"", name,
                 (int)(wanted.size < 32 ? wanted.size : 32), wanted.data);
    return reason;
}

static enum reason find_auto_port(struct run *run, const struct probe_settings *own,
                                  const struct container *container, const char *name,
                                  struct port *port)
{
    if (own->port.size == 0)
        return ports_choose(container->ports, run->arena, port);
    if (has(own->common.overridden, PROBE_PORT))
        return find_owners_port(run, container, own->port, name, port);
    return ports_find(container->ports, own->port, run->arena, port);
}

static enum reason write_auto(struct run *run, const struct probe_settings *own,
                              const struct container *container, const char *name,
                              struct text *json)
{
    struct port port;
    enum reason reason = find_auto_port(run, own, container, name, &port);

    if (reason != REASON_NONE)
        return reason;
    if (own->path.size == 0) {
        text_puts(json, "\"tcpSocket\":{\"port\":");
        text_integer(json, port.number);
        text_putc(json, '}');
        return REASON_NONE;
    }
    text_puts(json, "\"httpGet\":{\"path\":");
    text_json_string(json, own->path);
    text_printf(json, ",\"port\":%d,\"scheme\":\"%s\"}", (int)port.number,
                slice_is(port.name, "https") ? "HTTPS" : "HTTP");
    return REASON_NONE;
}

// Whether the container declares the port that the policy's handler names.
static enum reason find_explicit_port(struct run *run, const struct container *container,
                                      struct slice handler)
{
    struct port port;

    if (tape_parse(run->value_tape, handler, TAPE_FULL, NULL) != 0)
        return REASON_OUT_OF_MEMORY;
    struct value wanted = value_get(value_root(run->value_tape), "port");
    struct slice text =
        value_type(wanted) == TAPE_STRING ? value_string(wanted, run->arena) : value_raw(wanted);

    return ports_find(container->ports, text, run->arena, &port);
}

static enum reason write_explicit(struct run *run, const struct probe_settings *own,
                                  const struct container *container, struct text *json)
{
    uint32_t present = own->common.present;
    const char *key = has(present, PROBE_HTTP_GET)     ? "httpGet"
                      : has(present, PROBE_TCP_SOCKET) ? "tcpSocket"
                      : has(present, PROBE_GRPC)       ? "grpc"
                                                       : "exec";
    struct slice handler = has(present, PROBE_HTTP_GET)     ? own->http_get
                           : has(present, PROBE_TCP_SOCKET) ? own->tcp_socket
                           : has(present, PROBE_GRPC)       ? own->grpc
                                                            : own->exec;
    struct port port;
    enum reason reason = REASON_NONE;

    if (has(present, PROBE_GRPC) && run->policy->kubernetes_minor < GRPC_MINOR)
        return REASON_KIND_LACKS_FIELD;
    if (!has(present, PROBE_EXEC))
        reason = find_explicit_port(run, container, handler);
    else if (!ports_only_container(&run->facts, container))
        reason = ports_choose(container->ports, run->arena, &port);
    // A command needs no port chosen among several.
    if (reason != REASON_NONE && reason != REASON_PORT_AMBIGUOUS)
        return reason;
    text_printf(json, "\"%s\":", key);
    text_add(json, handler);
    return REASON_NONE;
}

// In the API's own order; an initial delay of 0 is left out, as the API leaves it out.
static void write_times(const struct probe_settings *own, int32_t initial_delay, struct text *json)
{
    if (initial_delay > 0) {
        text_puts(json, ",\"initialDelaySeconds\":");
        text_integer(json, initial_delay);
    }
    text_puts(json, ",\"timeoutSeconds\":");
    text_integer(json, own->timeout_seconds);
    text_puts(json, ",\"periodSeconds\":");
    text_integer(json, own->period_seconds);
    text_puts(json, ",\"successThreshold\":");
    text_integer(json, own->success_threshold);
    text_puts(json, ",\"failureThreshold\":");
    text_integer(json, own->failure_threshold);
    text_putc(json, '}');
}

// Writes the handler that the container can have.
static enum reason write_handler(struct run *run, const struct settings *settings,
                                 const struct container *container, const char *name,
                                 struct text *json)
{
    const struct probe_settings *own = (const struct probe_settings *)settings;

    text_init(json, run->arena, PROBE_TEXT_MAX);
    text_putc(json, '{');
    return is_auto(settings) ? write_auto(run, own, container, name, json)
                             : write_explicit(run, own, container, json);
}

static bool fits(struct run *run, const struct settings *settings,
                 const struct container *container)
{
    struct text unused;

    return !container->proxy &&
           write_handler(run, settings, container, NULL, &unused) == REASON_NONE;
}

struct probe_times probe_wish(const struct settings *settings)
{
    const struct probe_settings *own = (const struct probe_settings *)settings;

    return (struct probe_times){.wanted = true,
                                .fits = fits,
                                .settings = settings,
                                .initial_delay = own->initial_delay_seconds,
                                .period = own->period_seconds,
                                .failure_threshold = own->failure_threshold};
}

struct finding probe_apply(struct run *run, const struct settings *settings,
                           const struct container *container, const char *name,
                           int32_t initial_delay)
{
    const struct probe_settings *own = (const struct probe_settings *)settings;
    struct place *place = plan_member(&run->plan, container->place, name);
    struct text json;

    if (container->proxy)
        return skipped(REASON_PROXY_CONTAINER);
    if (run_users_choice(run, place, NULL))
        return run_keep_handler(run, place);
    enum reason reason = write_handler(run, settings, container, name, &json);
    if (reason == REASON_NONE && initial_delay < 0)
        reason = REASON_DEADLINE_TOO_SHORT;
    if (reason != REASON_NONE)
        return fill_withhold(run, place, NULL, reason);
    write_times(own, initial_delay, &json);
    return run_fill(run, place, NULL, text_slice(&json));
}
