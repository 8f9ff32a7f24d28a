// The handlers that a policy can give, as the API writes them.
#include "rules/probe.h"

#include "signs/ports.h"

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
