// The limit for the memory of all bodies that are being read. libh2o reads them by itself and asks
// nobody. So on each socket a function of this file replaces libh2o's, calls it, and checks at once
// how much it has read.
#include "server/http_internal.h"

#include <malloc.h>

enum {
    // Bodies up to this size are accepted however short memory is: nearly every review.
    SMALL_BODY = 256 * 1024,
    // OpenSSL keeps a record's beginning until its end has come.
    TLS_RECORD = 17 * 1024,
    // When bodies hold a quarter of the limit, and each time that they have grown by an eighth of
    // it.
    TRIM_HELD = 4,
    TRIM_GROWN = 8,
};

// The first buffer is part of a connection's own cost.
static size_t memory_of(const struct connection *connection)
{
    size_t capacity = connection->socket->input->capacity;
    return capacity > FIRST_BUFFER ? capacity + TLS_RECORD : 0;
}

// Whether it holds more than before.
static bool count(struct connection *connection, size_t memory)
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

static void on_read(h2o_socket_t *socket, const char *failure)
{
    struct connection *connection = socket->on_close.data;
    struct worker *worker = connection->worker;
    worker->reading = connection;
    connection->read(socket, failure);
    if (worker->reading != connection)
        return;
    worker->reading = NULL;
    if (socket->_cb.read != on_read)
        bodies_watch(connection);
    if (count(connection, memory_of(connection)))
        bodies_enforce(worker);
}

void bodies_watch(struct connection *connection)
{
    if (!h2o_linklist_is_linked(&connection->unwatched))
        h2o_linklist_insert(&connection->worker->unwatched, &connection->unwatched);
}

void bodies_settle(struct worker *worker)
{
    h2o_linklist_t *node = worker->unwatched.next;
    worker->config.max_request_entity_size = body_limit(worker->http);
    while (node != &worker->unwatched) {
        struct connection *connection = H2O_STRUCT_FROM_MEMBER(struct connection, unwatched, node);
        h2o_socket_t *socket = connection->socket;
        node = node->next;
        if (!h2o_socket_is_reading(socket))
            continue;
        connection->read = socket->_cb.read;
        h2o_socket_read_start(socket, on_read);
        h2o_linklist_unlink(&connection->unwatched);
        count(connection, memory_of(connection));
    }
}

void bodies_release(struct connection *connection)
{
    h2o_buffer_consume(&connection->socket->input, connection->socket->input->size);
    count(connection, 0);
}

void bodies_forget(struct connection *connection)
{
    struct worker *worker = connection->worker;
    if (worker->reading == connection)
        worker->reading = NULL;
    if (h2o_linklist_is_linked(&connection->unwatched))
        h2o_linklist_unlink(&connection->unwatched);
    count(connection, 0);
}

// Of those as large, the oldest.
static struct connection *largest_body(struct worker *worker)
{
    struct connection *largest = NULL;
    for (struct connection *connection = worker->anchor.previous; connection != &worker->anchor;
         connection = connection->previous) {
        if (connection->memory > (largest ? largest->memory : 0) &&
            connection->socket->_cb.read == on_read)
            largest = connection;
    }
    return largest;
}

// If it were only shut down, it would keep its body, and read what the kernel has of it, until its
// turn.
static void drop(struct connection *connection)
{
    connection_cut(connection, HTTP_CUT_MEMORY);
    bodies_release(connection);
    connection->read(connection->socket, h2o_socket_error_closed);
}

// Buffers that bodies have outgrown leave holes in the heap, nearly half of what is in use.
static void give_back(struct worker *worker)
{
    const struct http *http = worker->http;
    if (worker->grown <= http->options.bodies_max / TRIM_GROWN ||
        atomic_load(&http->memory) <= http->options.bodies_max / TRIM_HELD)
        return;
    worker->grown = 0;
    malloc_trim(0);
}

void bodies_enforce(struct worker *worker)
{
    struct http *http = worker->http;
    struct connection *largest;
    while (atomic_load(&http->memory) > http->options.bodies_max &&
           (largest = largest_body(worker)))
        drop(largest);
    worker->config.max_request_entity_size = body_limit(http);
    give_back(worker);
}
