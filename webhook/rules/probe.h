// What the three probe rules share: their settings, the handlers as the API defines them, and the
// writing of a probe. A user's own probe is never merged into.
#ifndef EVENKEEL_RULES_PROBE_H
#define EVENKEEL_RULES_PROBE_H

#include "policy/rule.h"
#include "run/run.h"
#include "signs/port_names.h"

enum { PROBE_SECONDS_MAX = 86400 }; // a day: longer is a typing error

// The rows of a probe rule's settings table.
enum probe_field {
    PROBE_HANDLER,
    PROBE_HTTP_GET,
    PROBE_TCP_SOCKET,
    PROBE_GRPC,
    PROBE_EXEC,
    PROBE_PORT,
    PROBE_PATH,
    PROBE_INITIAL_DELAY,
    PROBE_PERIOD,
    PROBE_TIMEOUT,
    PROBE_SUCCESS,
    PROBE_FAILURE,
    PROBE_EVIDENCE,
    PROBE_AUXILIARY_PORTS,
    PROBE_SERVING_PORTS,
    PROBE_PLAIN_PORTS,
};

struct probe_settings {
    struct settings common;
    int handler; // only auto, unless one of the four below is present
    struct slice http_get, tcp_socket, grpc, exec;
    struct slice port, path; // for auto; empty: not given
    int32_t initial_delay_seconds, period_seconds, timeout_seconds;
    int32_t success_threshold, failure_threshold;
    int evidence; // enum evidence_level
    struct port_words words;
};

// Whose handler auto copies, if the user has such a probe.
enum probe_sources { PROBE_SOURCES_NONE, PROBE_SOURCES_LIVENESS, PROBE_SOURCES_ALL };

// Which of the three probes is meant.
struct probe_kind {
    const char *name; // readinessProbe, ...
    enum probe_sources sources;
    bool follows; // its source, also where nothing new is written
};

// Handlers as in the API's Probe (core/v1), with its defaults.
extern const struct shape probe_http_get_shape[];
extern const struct shape probe_tcp_socket_shape[];
extern const struct shape probe_grpc_shape[];
extern const struct shape probe_exec_shape[];
extern const char *const probe_handler_names[];  // auto
extern const char *const probe_evidence_names[]; // likely certain, as enum evidence_level

// Refuses `port` and `path` beside a handler that has its own, and texts that can be neither.
int probe_check(const struct settings *settings, struct error *error);

// What the budget needs to know of a probe with these settings.
struct probe_times probe_wish(const struct settings *settings, const struct probe_kind *kind);

// Decides this probe of one container. Its initial delay is as short as the budget's deadline asks.
struct finding probe_apply(struct run *run, const struct settings *settings,
                           const struct container *container, const struct probe_kind *kind);

// The rows, for annotations that begin with `word`. `asks` says what auto does. `success_maximum`
// is 1 if the API demands 1.
#define PROBE_OFFSET(member) offsetof(struct probe_settings, member)
#define PROBE_FIELDS(word, asks, delay, period, timeout, success_maximum, failures)                \
    [PROBE_HANDLER] = {.key = "handler",                                                           \
                       .doc = "auto " asks,                                                        \
                       .type = FIELD_ENUM,                                                         \
                       .offset = PROBE_OFFSET(handler),                                            \
                       .fallback = "auto",                                                         \
                       .values = probe_handler_names,                                              \
                       .oneof = 1},                                                                \
    [PROBE_HTTP_GET] = {.key = "httpGet",                                                          \
                        .doc = "An HTTP request, as Kubernetes writes it, for containers that "    \
                               "declare its port.",                                                \
                        .type = FIELD_JSON,                                                        \
                        .offset = PROBE_OFFSET(http_get),                                          \
                        .shape = probe_http_get_shape,                                             \
                        .oneof = 1},                                                               \
    [PROBE_TCP_SOCKET] = {.key = "tcpSocket",                                                      \
                          .doc = "A TCP connection, as Kubernetes writes it, for containers that " \
                                 "declare its port.",                                              \
                          .type = FIELD_JSON,                                                      \
                          .offset = PROBE_OFFSET(tcp_socket),                                      \
                          .shape = probe_tcp_socket_shape,                                         \
                          .oneof = 1},                                                             \
    [PROBE_GRPC] = {.key = "grpc",                                                                 \
                    .doc = "A gRPC health check, as Kubernetes writes it (1.24 or newer), for "    \
                           "containers that declare its port.",                                    \
                    .type = FIELD_JSON,                                                            \
                    .offset = PROBE_OFFSET(grpc),                                                  \
                    .shape = probe_grpc_shape,                                                     \
                    .oneof = 1},                                                                   \
    [PROBE_EXEC] = {.key = "exec",                                                                 \
                    .doc = "A command, as Kubernetes writes it, for containers that declare a "    \
                           "TCP port and for a pod's only container.",                             \
                    .type = FIELD_JSON,                                                            \
                    .offset = PROBE_OFFSET(exec),                                                  \
                    .shape = probe_exec_shape,                                                     \
                    .oneof = 1},                                                                   \
    [PROBE_PORT] = {.key = "port",                                                                 \
                    .doc =                                                                         \
                        "Number or name of the declared port that auto asks. As an annotation, "   \
                        "it sets the handler to auto, and a number does not have to be declared.", \
                    .type = FIELD_STRING,                                                          \
                    .offset = PROBE_OFFSET(port),                                                  \
                    .annotation = word "-port"},                                                   \
    [PROBE_PATH] = {.key = "path",                                                                 \
                    .doc = "With a path, auto sends an HTTP request for it. As an annotation, it " \
                           "sets the handler to auto.",                                            \
                    .type = FIELD_STRING,                                                          \
                    .offset = PROBE_OFFSET(path),                                                  \
                    .annotation = word "-path"},                                                   \
    [PROBE_INITIAL_DELAY] =                                                                        \
        {.key = "initialDelaySeconds",                                                             \
         .doc =                                                                                    \
             "Seconds before the first probe. Shorter if the progress deadline leaves less time.", \
         .type = FIELD_INTEGER,                                                                    \
         .offset = PROBE_OFFSET(initial_delay_seconds),                                            \
         .minimum = 0,                                                                             \
         .maximum = PROBE_SECONDS_MAX,                                                             \
         .fallback = (delay),                                                                      \
         .annotation = word "-initial-delay-seconds"},                                             \
    [PROBE_PERIOD] = {.key = "periodSeconds",                                                      \
                      .doc = "Seconds from one probe to the next.",                                \
                      .type = FIELD_INTEGER,                                                       \
                      .offset = PROBE_OFFSET(period_seconds),                                      \
                      .minimum = 1,                                                                \
                      .maximum = PROBE_SECONDS_MAX,                                                \
                      .fallback = (period),                                                        \
                      .annotation = word "-period-seconds"},                                       \
    [PROBE_TIMEOUT] = {.key = "timeoutSeconds",                                                    \
                       .doc = "Seconds after which a probe without an answer has failed.",         \
                       .type = FIELD_INTEGER,                                                      \
                       .offset = PROBE_OFFSET(timeout_seconds),                                    \
                       .minimum = 1,                                                               \
                       .maximum = PROBE_SECONDS_MAX,                                               \
                       .fallback = (timeout),                                                      \
                       .annotation = word "-timeout-seconds"},                                     \
    [PROBE_SUCCESS] = {.key = "successThreshold",                                                  \
                       .doc = "Successes in a row after which a failing container passes again. "  \
                              "The API takes only 1 for liveness and startup.",                    \
                       .type = FIELD_INTEGER,                                                      \
                       .offset = PROBE_OFFSET(success_threshold),                                  \
                       .minimum = 1,                                                               \
                       .maximum = (success_maximum),                                               \
                       .fallback = "1",                                                            \
                       .annotation = word "-success-threshold"},                                   \
    [PROBE_FAILURE] = {.key = "failureThreshold",                                                  \
                       .doc = "Failures in a row after which a container fails.",                  \
                       .type = FIELD_INTEGER,                                                      \
                       .offset = PROBE_OFFSET(failure_threshold),                                  \
                       .minimum = 1,                                                               \
                       .maximum = PROBE_SECONDS_MAX,                                               \
                       .fallback = (failures),                                                     \
                       .annotation = word "-failure-threshold"},                                   \
    [PROBE_EVIDENCE] =                                                                             \
        {.key = "evidence",                                                                        \
         .doc =                                                                                    \
             "What auto needs before it writes a probe. certain: the handler of a user's probe, "  \
             "or a sole port with a serving name. likely: also a sole port with any other name.",  \
         .type = FIELD_ENUM,                                                                       \
         .offset = PROBE_OFFSET(evidence),                                                         \
         .fallback = "likely",                                                                     \
         .values = probe_evidence_names},                                                          \
    [PROBE_AUXILIARY_PORTS] = {.key = "auxiliaryPorts",                                            \
                               .doc = "Additional words for names of ports that get no requests, " \
                                      "such as metrics and admin.",                                \
                               .type = FIELD_STRINGS,                                              \
                               .offset = PROBE_OFFSET(words.auxiliary)},                           \
    [PROBE_SERVING_PORTS] =                                                                        \
        {.key = "servingPorts",                                                                    \
         .doc = "Additional words for names of ports that serve requests, such as http and grpc.", \
         .type = FIELD_STRINGS,                                                                    \
         .offset = PROBE_OFFSET(words.serving)},                                                   \
    [PROBE_PLAIN_PORTS] =                                                                          \
        {.key = "plainPorts",                                                                      \
         .doc = "Words that mean neither. They are removed from the built-in tables.",             \
         .type = FIELD_STRINGS,                                                                    \
         .offset = PROBE_OFFSET(words.plain)},                                                     \
    FIELDS_COMMON

#endif
