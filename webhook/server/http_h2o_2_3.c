// libh2o of upstream's master, which calls itself 2.3. It hands over each piece of a body, and
// reads on when it is told to: so bodies are kept and counted here.
#include "server/http_internal.h"

#if H2O_STREAMS

#include <stdlib.h>

// A body of which more is to come. It is in the request's pool; its bytes are not.
struct upload {
    struct connection *connection;
    h2o_req_t *req;
    void (*whole)(h2o_req_t *req);
    char *bytes; // NULL if nothing is left to keep: it was answered, or dropped
    size_t size;
    size_t capacity;
};

void libh2o_set_buffer(size_t size)
{
    h2o_socket_buffer_prototype._initial_buf.capacity = size;
}

// All threads have the same.
void libh2o_set_thread_buffer(size_t size)
{
    (void)size;
}

bool libh2o_sends_messages(void)
{
    return true;
}

void libh2o_configure(h2o_globalconf_t *config, h2o_handler_t *handler, uint64_t timer_ms)
{
    config->http1.req_timeout = timer_ms;
    config->http1.req_io_timeout = timer_ms;
    handler->supports_request_streaming = 1;
}

void libh2o_handshake(h2o_socket_t *socket, SSL_CTX *tls, h2o_socket_cb done)
{
    h2o_socket_ssl_handshake(socket, tls, NULL, h2o_iovec_init(NULL, 0), done);
}

void libh2o_each_request(h2o_context_t *context, int (*call)(h2o_req_t *, void *), void *data)
{
    h2o_linklist_t *const lists[] = {&context->_conns.active, &context->_conns.idle};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (h2o_linklist_t *node = lists[i]->next; node != lists[i]; node = node->next) {
            h2o_conn_t *conn = H2O_STRUCT_FROM_MEMBER(h2o_conn_t, _conns, node);
            conn->callbacks->foreach_request(conn, call, data);
        }
    }
}

// picohttpparser, which is part of libh2o. When libh2o hands a request over, its head is gone. So
// the linker (--wrap) puts our function between libh2o and its parser of heads, and libh2o refuses
// an ambiguous head as it refuses one that is broken.
struct phr_header;
int __real_phr_parse_request(const char *bytes, size_t size, const char **method,
                             size_t *method_size, const char **path, size_t *path_size,
                             int *minor_version, struct phr_header *headers, size_t *headers_count,
                             size_t last_size);
int __wrap_phr_parse_request(const char *bytes, size_t size, const char **method,
                             size_t *method_size, const char **path, size_t *path_size,
                             int *minor_version, struct phr_header *headers, size_t *headers_count,
                             size_t last_size);

int __wrap_phr_parse_request(const char *bytes, size_t size, const char **method,
                             size_t *method_size, const char **path, size_t *path_size,
                             int *minor_version, struct phr_header *headers, size_t *headers_count,
                             size_t last_size)
{
    int head = __real_phr_parse_request(bytes, size, method, method_size, path, path_size,
                                        minor_version, headers, headers_count, last_size);
    return head > 0 && head_is_ambiguous(bytes, bytes + head) ? -1 : head;
}

bool libh2o_is_ambiguous(const struct connection *connection, const h2o_req_t *req)
{
    (void)connection, (void)req;
    return false;
}

void libh2o_send(h2o_req_t *req, struct slice body)
{
    h2o_send_inline(req, body.data, body.size);
}

// What the connection holds beside its first buffer: its body, and a larger buffer of its socket.
static void measure(struct connection *connection)
{
    size_t buffer = connection->socket->input->capacity;
    size_t held = connection->upload ? connection->upload->capacity : 0;
    if (buffer > FIRST_BUFFER)
        held += buffer;
    memory_count(connection, held > 0 && !connection->cut ? held + TLS_RECORD : 0);
}

static void upload_free(struct upload *upload)
{
    free(upload->bytes);
    upload->bytes = NULL;
    upload->size = upload->capacity = 0;
    measure(upload->connection);
}

static void upload_end(void *data)
{
    struct upload *upload = data;
    upload->connection->upload = NULL;
    upload_free(upload);
}

static bool may_go(const struct connection *connection)
{
    return !connection->answering && !connection->cut;
}

static void drop(struct connection *connection)
{
    connection_cut(connection, HTTP_CUT_MEMORY);
    if (connection->upload)
        upload_free(connection->upload);
    else
        measure(connection);
}

static void enforce(struct worker *worker)
{
    struct connection *largest;
    while ((largest = memory_largest(worker, may_go)))
        drop(largest);
    memory_limit_bodies(worker);
    memory_give_back(worker);
}

// Doubles until the piece fits, but not past the body's end where that is known. Without memory for
// it, the body is dropped.
static bool upload_reserve(struct upload *upload, size_t piece)
{
    size_t announced = upload->req->content_length; // SIZE_MAX: in chunks
    size_t capacity = upload->capacity ? upload->capacity : FIRST_BUFFER;
    while (capacity - upload->size < piece)
        capacity *= 2;
    if (capacity > announced && announced - upload->size >= piece)
        capacity = announced;
    char *bytes = capacity > upload->capacity ? realloc(upload->bytes, capacity) : upload->bytes;
    if (!bytes) {
        drop(upload->connection);
        return false;
    }
    upload->bytes = bytes;
    upload->capacity = capacity;
    return true;
}

// False if it was dropped, now or before.
static bool upload_add(struct upload *upload, h2o_iovec_t piece)
{
    struct connection *connection = upload->connection;
    if (connection->cut || !upload_reserve(upload, piece.len))
        return false;
    memcpy(upload->bytes + upload->size, piece.base, piece.len);
    upload->size += piece.len;
    measure(connection);
    enforce(connection->worker);
    return !connection->cut;
}

// After -1, libh2o gives the request up and closes.
static int on_piece(void *data, int is_last)
{
    struct upload *upload = data;
    h2o_req_t *req = upload->req;
    if (!upload_add(upload, req->entity))
        return -1;
    if (!is_last) {
        req->proceed_req(req, NULL);
        return 0;
    }
    req->entity = h2o_iovec_init(upload->bytes, upload->size);
    upload->whole(req);
    req->entity = h2o_iovec_init(NULL, 0);
    upload_free(upload);
    return 0;
}

bool libh2o_take_body(struct connection *connection, h2o_req_t *req, void (*whole)(h2o_req_t *))
{
    // Somebody who asks for a tunnel gets an answer like others. What follows is no body.
    if (req->is_tunnel_req)
        req->entity = h2o_iovec_init(NULL, 0);
    if (!req->proceed_req || req->is_tunnel_req)
        return false;
    struct upload *upload = h2o_mem_alloc_shared(&req->pool, sizeof(*upload), upload_end);
    *upload = (struct upload){.connection = connection, .req = req, .whole = whole};
    connection->upload = upload;
    req->write_req.cb = on_piece;
    req->write_req.ctx = upload;
    // If it is dropped at once, libh2o reads on until it sees the end.
    upload_add(upload, req->entity);
    req->proceed_req(req, NULL);
    return true;
}

void bodies_watch(struct connection *connection)
{
    (void)connection;
}

void bodies_settle(struct worker *worker)
{
    memory_limit_bodies(worker);
}

void bodies_release(struct connection *connection)
{
    h2o_buffer_consume(&connection->socket->input, connection->socket->input->size);
    measure(connection);
}

void bodies_forget(struct connection *connection)
{
    memory_count(connection, 0);
}

void bodies_enforce(struct worker *worker)
{
    for (struct connection *connection = worker->anchor.next; connection != &worker->anchor;
         connection = connection->next)
        measure(connection);
    enforce(worker);
}

#endif
