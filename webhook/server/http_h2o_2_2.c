// libh2o 2.2, as Debian 12 has it. It reads bodies by itself and asks nobody. So on each socket a
// function of this file replaces libh2o's, calls it, and checks at once how much it has read.
#include "server/http_internal.h"

#if !H2O_STREAMS

// Bytes of an answer that is sent in one piece with its head: libh2o's own buffer for both ends at
// 64 KiB.
enum { PULLED_MAX = 32 * 1024 };

// How much room a body may get: all that its head announces while bodies hold less than an eighth
// of their limit, else four times what has come. Such a head costs nothing to send, and its room
// counts against the bodies of others.
enum { ROOM_FREE = 8, ROOM_AHEAD = 4 };

void libh2o_set_buffer(size_t size)
{
    (void)size;
}

// Each thread has its own.
void libh2o_set_thread_buffer(size_t size)
{
    h2o_socket_buffer_prototype._initial_buf.capacity = size;
}

bool libh2o_sends_messages(void)
{
    return false;
}

void libh2o_configure(h2o_globalconf_t *config, h2o_handler_t *handler, uint64_t timer_ms)
{
    (void)handler;
    config->http1.req_timeout = timer_ms;
}

void libh2o_handshake(h2o_socket_t *socket, SSL_CTX *tls, h2o_socket_cb done)
{
    h2o_socket_ssl_handshake(socket, tls, NULL, done);
}

void libh2o_each_request(h2o_context_t *context, int (*call)(h2o_req_t *, void *), void *data)
{
    H2O_HTTP1_CALLBACKS.foreach_request(context, call, data);
}

// libh2o takes one of the lengths and hides both. But the head is still in the socket's buffer
// before the body.
bool libh2o_is_ambiguous(const struct connection *connection, const h2o_req_t *req)
{
    return req->entity.base &&
           head_is_ambiguous(connection->socket->input->bytes, req->entity.base);
}

bool libh2o_take_body(struct connection *connection, h2o_req_t *req, void (*whole)(h2o_req_t *))
{
    (void)connection, (void)req, (void)whole;
    return false;
}

// A body that libh2o asks for.
struct pulled {
    h2o_generator_t super;
    struct slice body;
};

static h2o_send_state_t pull_body(h2o_generator_t *generator, h2o_req_t *req, h2o_iovec_t *buffer)
{
    struct pulled *pulled = (struct pulled *)generator;
    (void)req;
    memcpy(buffer->base, pulled->body.data, pulled->body.size);
    buffer->len = pulled->body.size;
    return H2O_SEND_STATE_FINAL;
}

// Makes libh2o take the body at once into the buffer that it made for the head, so that both become
// one TLS record.
static void send_pulled(h2o_req_t *req, struct slice body)
{
    struct pulled pulled = {.body = body};
    h2o_start_response(req, &pulled.super);
    req->_ostr_top->start_pull(req->_ostr_top, pull_body);
}

// Either way the body is copied into req->pool. Of the answer to HEAD it must not be sent.
void libh2o_send(h2o_req_t *req, struct slice body)
{
    if (body.size > PULLED_MAX ||
        h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD")))
        h2o_send_inline(req, body.data, body.size);
    else
        send_pulled(req, body);
}

// The first buffer is part of a connection's own cost.
static size_t memory_of(const struct connection *connection)
{
    size_t capacity = connection->socket->input->capacity;
    return capacity > FIRST_BUFFER ? capacity + TLS_RECORD : 0;
}

// Makes room for a body at once or in a few steps. libh2o would double its buffer again and again,
// and copy what is there each time: for 1 MB, all of it.
static void reserve_body(struct connection *connection)
{
    const h2o_buffer_t *input = connection->socket->input;
    struct http *http = connection->worker->http;
    if (input->size * 2 < input->capacity)
        return;
    size_t whole = head_announces(input->bytes, input->size), room = input->size * ROOM_AHEAD;
    bool little = atomic_load(&http->memory) < http->options.bodies_max / ROOM_FREE;
    if (little && whole <= http->options.body_max)
        room = whole;
    if (whole > input->size)
        h2o_buffer_reserve(&connection->socket->input, (whole < room ? whole : room) - input->size);
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
    else
        reserve_body(connection);
    if (memory_count(connection, memory_of(connection)))
        bodies_enforce(worker);
}

void bodies_watch(struct connection *connection)
{
    if (!h2o_linklist_is_linked(&connection->unwatched))
        h2o_linklist_insert(&connection->worker->unwatched, &connection->unwatched);
}

// libh2o sets its own reader anew for every request.
void bodies_settle(struct worker *worker)
{
    h2o_linklist_t *node = worker->unwatched.next;
    memory_limit_bodies(worker);
    while (node != &worker->unwatched) {
        struct connection *connection = H2O_STRUCT_FROM_MEMBER(struct connection, unwatched, node);
        h2o_socket_t *socket = connection->socket;
        node = node->next;
        if (!h2o_socket_is_reading(socket))
            continue;
        connection->read = socket->_cb.read;
        h2o_socket_read_start(socket, on_read);
        h2o_linklist_unlink(&connection->unwatched);
        reserve_body(connection);
        memory_count(connection, memory_of(connection));
    }
}

void bodies_release(struct connection *connection)
{
    h2o_buffer_consume(&connection->socket->input, connection->socket->input->size);
    memory_count(connection, 0);
}

void bodies_forget(struct connection *connection)
{
    struct worker *worker = connection->worker;
    if (worker->reading == connection)
        worker->reading = NULL;
    if (h2o_linklist_is_linked(&connection->unwatched))
        h2o_linklist_unlink(&connection->unwatched);
    memory_count(connection, 0);
}

static bool may_go(const struct connection *connection)
{
    return connection->socket->_cb.read == on_read;
}

// If it were only shut down, it would keep its body, and read what the kernel has of it, until its
// turn.
static void drop(struct connection *connection)
{
    connection_cut(connection, HTTP_CUT_MEMORY);
    bodies_release(connection);
    connection->read(connection->socket, h2o_socket_error_closed);
}

void bodies_enforce(struct worker *worker)
{
    struct connection *largest;
    while ((largest = memory_largest(worker, may_go)))
        drop(largest);
    memory_limit_bodies(worker);
    memory_give_back(worker);
}

#endif
