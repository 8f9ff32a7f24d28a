// What every part of the HTTP server does: it reports an event to the caller, shuts a connection
// down, judges a head, and counts the memory of bodies.
#include "server/http_internal.h"

#include <malloc.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    // Bodies up to this size are accepted however short memory is: nearly every review.
    SMALL_BODY = 256 * 1024,
    // When bodies hold a quarter of the limit, and each time that they have grown by an eighth of
    // it.
    TRIM_HELD = 4,
    TRIM_GROWN = 8,
};

void worker_notice(struct worker *worker, enum http_event event, int number)
{
    struct http_notice notice = {.event = event, .number = number, .peer = "", .detail = ""};
    worker->http->options.notice(worker->http->options.context, worker->index, &notice);
}

// libh2o keeps no place for a pointer of ours in a connection, but it keeps that of the list of
// hosts.
struct connection *connection_of(const h2o_req_t *req)
{
    return H2O_STRUCT_FROM_MEMBER(struct connection, hosts, req->conn->hosts);
}

void connection_cut(struct connection *connection, enum http_event event)
{
    if (connection->cut)
        return;
    connection->cut = true;
    shutdown(h2o_socket_get_fd(connection->socket), SHUT_RDWR);
    worker_notice(connection->worker, event, 0);
}

static bool starts_line(const char *line, const char *end, const char *name)
{
    size_t size = strlen(name);
    return (size_t)(end - line) >= size && strncasecmp(line, name, size) == 0;
}

// The line behind `line`, which ends before `end`. NULL if there is none.
static const char *next_line(const char *line, const char *end)
{
    const char *feed = memchr(line, '\n', (size_t)(end - line));
    return feed && feed + 1 < end ? feed + 1 : NULL;
}

bool head_is_ambiguous(const char *head, const char *end)
{
    unsigned lengths = 0;
    for (const char *line = head; (line = next_line(line, end));) {
        lengths += starts_line(line, end, "content-length:");
        lengths += starts_line(line, end, "transfer-encoding:");
        if (*line == ' ' || *line == '\t' || lengths > 1)
            return true;
    }
    return false;
}

// What stands behind a field's colon, up to the line's end at or before `end`, without the spaces
// around it. The buffer that it is in ends with no NUL: no function for strings may read it.
static struct slice field_value(const char *value, const char *end)
{
    const char *last = memchr(value, '\r', (size_t)(end - value));
    last = last ? last : end;
    while (value < last && (*value == ' ' || *value == '\t'))
        value++;
    while (value < last && (last[-1] == ' ' || last[-1] == '\t'))
        last--;
    return (struct slice){value, (size_t)(last - value)};
}

size_t head_announces(const char *head, size_t size)
{
    const char *end = memmem(head, size, "\r\n\r\n", 4), *line = head;
    while (end && (line = next_line(line, end))) {
        if (!starts_line(line, end, "content-length:"))
            continue;
        int64_t length = 0;
        slice_integer(field_value(line + strlen("content-length:"), end), 0, UINT32_MAX, &length);
        return (size_t)(end - head) + 4 + (size_t)length;
    }
    return 0;
}

bool memory_count(struct connection *connection, size_t memory)
{
    size_t before = connection->memory;
    if (memory == before)
        return false;
    connection->memory = memory;
    atomic_fetch_add(&connection->worker->http->memory, memory - before);
    if (memory > before)
        connection->worker->grown += memory - before;
    return memory > before;
}

// Above half of the limit, a new body may take a quarter of the rest.
static size_t body_limit(struct http *http)
{
    const struct http_options *options = &http->options;
    size_t total = atomic_load(&http->memory);
    size_t left = options->bodies_max > total ? options->bodies_max - total : 0;
    size_t limit = total <= options->bodies_max / 2 ? options->body_max : left / 4;
    if (limit < SMALL_BODY)
        limit = SMALL_BODY;
    return limit < options->body_max ? limit : options->body_max;
}

void memory_limit_bodies(struct worker *worker)
{
    worker->config.max_request_entity_size = body_limit(worker->http);
}

struct connection *memory_largest(struct worker *worker, bool (*may_go)(const struct connection *))
{
    struct connection *largest = NULL;
    if (atomic_load(&worker->http->memory) <= worker->http->options.bodies_max)
        return NULL;
    for (struct connection *connection = worker->anchor.previous; connection != &worker->anchor;
         connection = connection->previous) {
        if (connection->memory > (largest ? largest->memory : 0) && may_go(connection))
            largest = connection;
    }
    return largest;
}

// Buffers that bodies have outgrown leave holes in the heap, nearly half of what is in use.
void memory_give_back(struct worker *worker)
{
    const struct http *http = worker->http;
    if (worker->grown <= http->options.bodies_max / TRIM_GROWN ||
        atomic_load(&http->memory) <= http->options.bodies_max / TRIM_HELD)
        return;
    worker->grown = 0;
    malloc_trim(0);
}
