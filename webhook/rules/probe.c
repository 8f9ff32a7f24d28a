// Which port and handler evenkeel's probe has, and its JSON. The API's rules for probes:
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
#include "rules/probe.h"

#include "object/names.h"
#include "rules/fill.h"
#include "run/budget.h"
#include "run/instance.h"
#include "run/source.h"
#include "signs/answers.h"
#include "signs/nodes.h"
#include "signs/words.h"

enum {
    PROBE_TEXT_MAX = 256 * 1024, // bytes of one probe's JSON
    GRPC_MINOR = 24,             // older API servers drop the field and refuse the empty handler
};

const char *const probe_handler_names[] = {"auto", NULL};
const char *const probe_evidence_names[] = {"likely", "certain", NULL};

static bool has(uint32_t bits, enum probe_field field)
{
    return bits >> field & 1;
}

static bool is_explicit(const struct settings *settings)
{
    return has(settings->present, PROBE_HTTP_GET) || has(settings->present, PROBE_TCP_SOCKET) ||
           has(settings->present, PROBE_GRPC) || has(settings->present, PROBE_EXEC);
}

// The owner knows the application: an annotated port or path sets the handler to auto.
static bool is_auto(const struct settings *settings)
{
    return has(settings->overridden, PROBE_PORT) || has(settings->overridden, PROBE_PATH) ||
           !is_explicit(settings);
}

// Names have no escapes in the JSON of a policy, so a raw text with an escape is not a name.
static int check_headers(struct slice http_get, struct error *error)
{
    struct tape tape = {0};
    int result = http_get.size > 0 ? tape_parse(&tape, http_get, TAPE_FULL, error) : 0;
    struct value headers = value_get(value_root(&tape), "httpHeaders");

    for (struct value item = value_first(headers); item.node; item = value_next(item)) {
        struct slice raw = value_raw(value_get(item, "name"));

        if (raw.size < 2 || !names_is_header((struct slice){raw.data + 1, raw.size - 2}))
            result = error_set(error, "httpHeaders: %.*s is not the name of a header",
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
    if (port_names_check(&own->words, error) < 0)
        return -1;
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

// Whether a container declares this number, but for another protocol.
static bool declared_otherwise(const struct run *run, int64_t number)
{
    for (uint32_t i = 0; i < run->facts.container_count; i++)
        if (!run->facts.containers[i].proxy &&
            ports_declare(run->facts.containers[i].ports, number))
            return true;
    return false;
}

// The decision about one probe of one container.
struct asking {
    const struct probe_kind *kind;
    bool warns;
    struct text json;
    struct source source; // its key: the handler is the user's own
};

// The port that an annotation on the object names. A number that no container declares is a port of
// the first container. A name must be declared, because the API would refuse an unknown one.
static enum reason find_owners_port(struct run *run, const struct container *container,
                                    struct slice wanted, const struct asking *asking,
                                    struct port *port)
{
    enum reason reason = ports_find(container->ports, wanted, run->arena, port);
    int64_t number;

    if (reason == REASON_NONE || container != ports_first_container(&run->facts) ||
        declared_elsewhere(run, wanted))
        return reason;
    if (slice_integer(wanted, 1, PORT_NUMBER_MAX, &number)) {
        if (declared_otherwise(run, number)) {
            if (asking->warns)
                run_warn(run, "%s: the annotated port %d is not a TCP port", asking->kind->name,
                         (int)number);
            return REASON_NO_TCP_PORT;
        }
        *port = (struct port){.number = (int32_t)number};
        return REASON_NONE;
    }
    if (asking->warns)
        run_warn(run, "%s: no container declares the annotated port \"%.*s\"", asking->kind->name,
                 (int)(wanted.size < 32 ? wanted.size : 32), wanted.data);
    return reason;
}

// The port for a path that the owner gave: the port that their own probe asks, or a port chosen by
// names alone, because the owner says that something answers.
static enum reason find_path_port(struct run *run, const struct probe_settings *own,
                                  const struct container *container, const struct source *source,
                                  struct port *port)
{
    struct value wanted = value_get(source->handler, "port");
    struct slice text = value_string(wanted, run->arena);

    if (source->key && ports_find(container->ports, text.data ? text : value_raw(wanted),
                                  run->arena, port) == REASON_NONE)
        return REASON_NONE;
    return ports_choose_any(container->ports, &own->words, run->arena, port);
}

// The port that auto asks. With a key in `source`, the user's own handler is asked instead.
static enum reason find_auto_port(struct run *run, const struct probe_settings *own,
                                  const struct container *container, const struct asking *asking,
                                  struct source *source, struct port *port)
{
    bool owners_path = has(own->common.overridden, PROBE_PATH);
    enum reason reason = REASON_NONE;

    *source = (struct source){.key = NULL};
    if (has(own->common.overridden, PROBE_PORT))
        return find_owners_port(run, container, own->port, asking, port);
    if (own->port.size > 0)
        return ports_find(container->ports, own->port, run->arena, port);
    if (asking->kind->sources != PROBE_SOURCES_NONE)
        reason = source_find(run, container, asking->kind->sources == PROBE_SOURCES_ALL, source);
    if (owners_path) {
        reason = find_path_port(run, own, container, source, port);
        source->key = NULL;
        return reason;
    }
    if (reason != REASON_NONE || (source->key && own->path.size == 0))
        return reason;
    source->key = NULL;
    return answers_choose(&run->facts, container, &own->words, (enum evidence_level)own->evidence,
                          run->arena, port);
}

// The port's name, because it survives another number. But a number or a name that evenkeel wrote
// earlier stays as long as it means the same port.
static void write_port(struct run *run, const struct container *container,
                       const struct asking *asking, const struct port *port, struct text *json)
{
    struct place *place = plan_member(&run->plan, container->place, asking->kind->name);
    struct value recorded = evidence_recorded(&run->evidence, plan_path_text(&run->plan, place));
    struct value handler = value_get(recorded, "httpGet");
    struct value old =
        value_get(value_exists(handler) ? handler : value_get(recorded, "tcpSocket"), "port");
    struct port same;

    if (value_exists(old) &&
        ports_find_value(container->ports, old, run->arena, &same) == REASON_NONE &&
        same.number == port->number)
        text_add(json, value_raw(old));
    else if (names_is_port(port->name))
        text_json_string(json, port->name);
    else
        text_integer(json, port->number);
}

static bool tcp_is_refused(const struct run *run)
{
    return run->policy->network == NETWORK_OTHER && nodes_may_be_azure_virtual(run->facts.pod_spec);
}

static enum reason write_auto(struct run *run, const struct probe_settings *own,
                              const struct container *container, struct asking *asking)
{
    struct text *json = &asking->json;
    struct port port;
    enum reason reason = find_auto_port(run, own, container, asking, &asking->source, &port);

    if (reason != REASON_NONE)
        return reason;
    if (asking->source.key) {
        source_write_handler(&asking->source, run, json);
        return REASON_NONE;
    }
    if (own->path.size == 0 && tcp_is_refused(run))
        return REASON_VIRTUAL_NODE;
    text_puts(json, own->path.size == 0 ? "\"tcpSocket\":{" : "\"httpGet\":{\"path\":");
    if (own->path.size > 0)
        text_json_string(json, own->path);
    text_puts(json, own->path.size == 0 ? "\"port\":" : ",\"port\":");
    write_port(run, container, asking, &port, json);
    if (own->path.size > 0)
        text_printf(json, ",\"scheme\":\"%s\"",
                    words_name_has(port.name, "https") ? "HTTPS" : "HTTP");
    text_putc(json, '}');
    return REASON_NONE;
}

// Whether the container declares the port that the policy's handler names.
static enum reason find_explicit_port(struct run *run, const struct container *container,
                                      struct slice handler)
{
    struct port port;

    if (tape_parse(run->value_tape, handler, TAPE_FULL, NULL) != 0)
        return REASON_OUT_OF_MEMORY;
    return ports_find_value(container->ports, value_get(value_root(run->value_tape), "port"),
                            run->arena, &port);
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
    if ((has(present, PROBE_GRPC) || has(present, PROBE_TCP_SOCKET)) && tcp_is_refused(run))
        return REASON_VIRTUAL_NODE;
    if (!has(present, PROBE_EXEC))
        reason = find_explicit_port(run, container, handler);
    else if (!ports_only_container(&run->facts, container))
        reason = ports_choose_any(container->ports, NULL, run->arena, &port);
    // A command needs no port chosen among several.
    if (reason != REASON_NONE && reason != REASON_PORT_AMBIGUOUS)
        return reason;
    text_printf(json, "\"%s\":", key);
    text_add(json, handler);
    return REASON_NONE;
}

static int32_t least(int64_t a, int32_t b)
{
    return a > b ? (int32_t)a : b;
}

// As patient as the user's own probe from which it was copied.
static void fit_times(struct probe_settings *own, const struct source *source)
{
    int32_t failures;

    if (!source->key)
        return;
    failures = source_failures(source, own->period_seconds);
    own->timeout_seconds = least(source->timeout, own->timeout_seconds);
    own->failure_threshold = least(failures, own->failure_threshold);
}

// In the API's order. An initial delay of 0 is left out, as in the API.
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

// Writes the handler that the container can have, and its times into `own`.
static enum reason write_handler(struct run *run, const struct settings *settings,
                                 const struct container *container, struct asking *asking,
                                 struct probe_settings *own)
{
    enum reason reason;

    *own = *(const struct probe_settings *)settings;
    text_init(&asking->json, run->arena, PROBE_TEXT_MAX);
    text_putc(&asking->json, '{');
    reason = is_auto(settings) ? write_auto(run, own, container, asking)
                               : write_explicit(run, own, container, &asking->json);
    fit_times(own, &asking->source);
    return reason;
}

// An application that may take long to be alive may take as long to be ready.
static int64_t source_delay(const struct source *source)
{
    return source->key && !source->startup ? source->initial_delay : 0;
}

// After the initial delay. What the startup probe asks has passed before ours begins, so it takes
// no patience of ours to pass again.
static int64_t seconds_to_pass(const struct probe_settings *own, const struct settings *settings,
                               const struct source *source)
{
    if (source->key && source->startup)
        own = (const struct probe_settings *)settings;
    return budget_probe_times(0, own->period_seconds, own->failure_threshold,
                              own->success_threshold);
}

static int64_t lasts(struct run *run, const struct probe_times *times,
                     const struct container *container)
{
    struct asking asking = {.kind = times->kind};
    struct probe_settings own;

    if (container->proxy || container->completed ||
        write_handler(run, times->settings, container, &asking, &own) != REASON_NONE)
        return 0;
    return (int64_t)least(source_delay(&asking.source), own.initial_delay_seconds) +
           seconds_to_pass(&own, times->settings, &asking.source);
}

struct probe_times probe_wish(const struct settings *settings, const struct probe_kind *kind)
{
    return (struct probe_times){.wanted = true, .lasts = lasts, .settings = settings, .kind = kind};
}

// Gives a first injection the reason that says where the handler came from.
static struct finding name_source(struct finding finding, const struct source *source)
{
    if (source->key && finding.reason == REASON_UNSET)
        finding.reason = source->startup ? REASON_STARTUP_HANDLER : REASON_LIVENESS_HANDLER;
    return finding;
}

struct finding probe_apply(struct run *run, const struct settings *settings,
                           const struct container *container, const struct probe_kind *kind)
{
    struct place *place = plan_member(&run->plan, container->place, kind->name);
    struct asking asking = {.kind = kind, .warns = true};
    struct probe_settings own;

    // The injector's own probe would be merged with evenkeel's, and two handlers are refused.
    if (container->proxy || container->completed)
        return skipped(REASON_PROXY_CONTAINER);
    if (run_users_choice(run, place, NULL))
        return run_keep_handler(run, place);
    if (run->observing && kind->follows && source_follow(run, container))
        return finding_of(VERDICT_INJECTED, REASON_REFITTED);
    enum reason reason = write_handler(run, settings, container, &asking, &own);
    // A liveness probe stops no rollout.
    if (reason == REASON_NONE && strcmp(kind->name, "livenessProbe") != 0)
        reason = instance_unprobed(&run->budget.instance, run, place);
    if (reason == REASON_EXCLUSIVE)
        instance_tell(run);
    int32_t initial_delay =
        budget_probe_delay(&run->budget, own.initial_delay_seconds, asking.source.initial_delay,
                           seconds_to_pass(&own, settings, &asking.source));
    if (reason == REASON_NONE && initial_delay < 0)
        reason = REASON_DEADLINE_TOO_SHORT;
    if (reason != REASON_NONE)
        return fill_withhold(run, place, NULL, reason);
    write_times(&own, initial_delay, &asking.json);
    return name_source(run_fill(run, place, NULL, text_slice(&asking.json)), &asking.source);
}
