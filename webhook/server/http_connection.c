// Accepting, TLS handshakes, and the deadlines of connections. Deadlines use the monotonic clock:
// libh2o's own timers follow the wall clock, so a jump would end every connection at once.
#include "server/http_internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SWEEP_MS = 250,
    EVICT_UNUSED_MS = 1000,    // at the cap: handshakes, and connections that carried no request,
    EVICT_IDLE_MS = 10 * 1000, // else the idle ones,
    EVICT_SHARE = 8,           // an eighth of the cap at once
    LINGER_MS = 2 * 1000,
    // When closing: a client that has just connected, or was just answered, may be about to send.
    CLOSE_IDLE_MS = 1000,
};

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void connection_closed(void *data)
{
    struct connection *connection = data;
    struct worker *worker = connection->worker;
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
    worker->count--;
    atomic_fetch_sub(&worker->http->connections, 1);
    bodies_forget(connection);
    SSL_CTX_free(connection->tls);
    free(connection);
    worker_notice(worker, HTTP_CLOSED, 0);
}

static void handshake_failed(h2o_socket_t *socket, const char *failure)
{
    struct connection *connection = socket->data;
    struct worker *worker = connection->worker;
    struct sockaddr_storage address;
    char peer[NI_MAXHOST] = "";
    struct http_notice notice = {.event = HTTP_FAILED, .peer = peer};
    socklen_t size = h2o_socket_getpeername(socket, (struct sockaddr *)&address);

    if (size > 0 && h2o_socket_getnumerichost((struct sockaddr *)&address, size, peer) == SIZE_MAX)
        peer[0] = '\0';
    notice.number = (int)tls_failure_take(&notice.detail);
    // Then OpenSSL was not asked, and what its queue held was about another connection.
    if (failure == h2o_socket_error_closed || failure == h2o_socket_error_io) {
        notice.number = connection->cut ? TLS_TIMED_OUT : TLS_CLOSED;
        notice.detail = failure;
    }
    worker->http->options.notice(worker->http->options.context, worker->index, &notice);
}

// From now on libh2o reads its requests.
static void connection_serve(struct connection *connection)
{
    h2o_accept_ctx_t accept = connection->worker->accept;
    connection->hosts[0] = accept.hosts[0];
    accept.hosts = connection->hosts;
    connection->phase = PHASE_IDLE;
    bodies_watch(connection);
    h2o_http1_accept(&accept, connection->socket, (struct timeval){0});
}

static void on_handshake(h2o_socket_t *socket, const char *failure)
{
    struct connection *connection = socket->data;
    if (failure) {
        handshake_failed(socket, failure);
        h2o_socket_close(socket);
        return;
    }
    connection->since = clock_ms();
    connection_serve(connection);
}

static struct connection *connection_new(struct worker *worker, h2o_socket_t *socket)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection) {
        h2o_socket_close(socket);
        return NULL;
    }
    connection->worker = worker;
    connection->socket = socket;
    connection->since = clock_ms();
    connection->next = worker->anchor.next;
    connection->previous = &worker->anchor;
    connection->next->previous = connection;
    worker->anchor.next = connection;
    worker->count++;
    atomic_fetch_add(&worker->http->connections, 1);
    socket->on_close.cb = connection_closed;
    socket->on_close.data = connection;
    worker_notice(worker, HTTP_OPENED, 0);
    return connection;
}

static void connection_open(struct worker *worker, h2o_socket_t *socket)
{
    struct connection *connection = connection_new(worker, socket);
    if (!connection)
        return;
    if (!worker->snapshot) {
        connection_serve(connection);
        return;
    }
    connection->tls = snapshot_tls(worker->snapshot);
    SSL_CTX_up_ref(connection->tls);
    socket->data = connection;
    libh2o_handshake(socket, connection->tls, on_handshake);
}

static void on_lingering(h2o_socket_t *socket, const char *failure)
{
    if (failure) {
        h2o_socket_close(socket);
        return;
    }
    h2o_buffer_consume(&socket->input, socket->input->size);
}

void connection_linger(const struct connection *closing)
{
    struct worker *worker = closing->worker;
    int descriptor = fcntl(h2o_socket_get_fd(closing->socket), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    h2o_socket_t *socket = h2o_evloop_socket_create(worker->context.loop, descriptor, 0);
    struct connection *connection = connection_new(worker, socket);
    if (!connection)
        return;
    connection->phase = PHASE_LINGER;
    h2o_socket_read_start(socket, on_lingering);
}

static bool at_cap(const struct worker *worker)
{
    return atomic_load(&worker->http->connections) >= worker->http->options.connections_max;
}

static bool may_evict(const struct connection *connection, bool unused, uint64_t before)
{
    bool waiting =
        connection->phase == PHASE_HANDSHAKE ||
        (connection->phase == PHASE_IDLE && connection->requests == connection->seen_requests);
    return waiting && !connection->cut && !(unused && connection->requests > 0) &&
           connection->since <= before;
}

static unsigned evict(struct worker *worker, bool unused, uint64_t idle_ms)
{
    unsigned count = 0;
    unsigned batch = worker->http->options.connections_max / EVICT_SHARE + 1;
    uint64_t before = clock_ms() - idle_ms; // the last sweep's time may lie before the newest ones
    struct connection *connection = worker->anchor.previous; // the oldest
    for (; connection != &worker->anchor && count < batch; connection = connection->previous) {
        if (!may_evict(connection, unused, before))
            continue;
        connection_cut(connection, HTTP_CUT_EVICTED);
        count++;
    }
    return count;
}

static void make_room(struct worker *worker)
{
    if (!evict(worker, true, EVICT_UNUSED_MS))
        evict(worker, false, EVICT_IDLE_MS);
}

static void pause_listening(struct worker *worker)
{
    worker->paused = true;
    h2o_socket_read_stop(worker->listener);
    make_room(worker);
}

// One connection for each wake-up: the others are left to threads that have less to do.
static void on_accept(h2o_socket_t *listener, const char *failure)
{
    struct worker *worker = listener->data;
    if (failure)
        return;
    if (at_cap(worker)) {
        pause_listening(worker);
        return;
    }
    h2o_socket_t *socket = h2o_evloop_socket_accept(listener);
    if (socket)
        connection_open(worker, socket);
}

void connections_listen(struct worker *worker)
{
    int descriptor = fcntl(worker->http->options.listener, F_DUPFD_CLOEXEC, 0);
    worker->listener =
        h2o_evloop_socket_create(worker->context.loop, descriptor, H2O_SOCKET_FLAG_DONT_READ);
    worker->listener->data = worker;
    h2o_socket_read_start(worker->listener, on_accept);
}

void connections_unlisten(struct worker *worker)
{
    h2o_socket_t *socket;
    while (!at_cap(worker) && (socket = h2o_evloop_socket_accept(worker->listener)))
        connection_open(worker, socket);
    h2o_socket_read_stop(worker->listener);
    h2o_socket_close(worker->listener);
    worker->listener = NULL;
}

static enum phase phase_of(h2o_req_t *req, const struct connection *connection)
{
    if (connection->answering || h2o_socket_is_writing(connection->socket))
        return PHASE_WRITE;
    return req->timestamps.request_begin_at.tv_sec != 0 ? PHASE_READ : PHASE_IDLE;
}

static int observe(h2o_req_t *req, void *context)
{
    struct worker *worker = context;
    struct connection *connection = connection_of(req);
    enum phase phase = phase_of(req, connection);

    connection->sweep = worker->sweep;
    if (phase != connection->phase || connection->requests != connection->seen_requests) {
        connection->phase = phase;
        connection->since = worker->now;
        connection->seen_requests = connection->requests;
    }
    return 0;
}

static void enforce_deadline(struct connection *connection)
{
    static const struct {
        uint64_t limit;
        enum http_event event;
    } deadlines[] = {
        [PHASE_HANDSHAKE] = {HTTP_HANDSHAKE_MS, HTTP_CUT_HANDSHAKE},
        [PHASE_IDLE] = {HTTP_IDLE_MS, HTTP_CUT_IDLE},
        [PHASE_READ] = {HTTP_READ_MS, HTTP_CUT_READ},
        [PHASE_WRITE] = {HTTP_WRITE_MS, HTTP_CUT_WRITE},
        [PHASE_CLOSING] = {HTTP_WRITE_MS, HTTP_CUT_WRITE},
        [PHASE_LINGER] = {LINGER_MS, HTTP_CUT_READ},
    };
    struct worker *worker = connection->worker;
    bool http = connection->phase == PHASE_IDLE || connection->phase == PHASE_READ ||
                connection->phase == PHASE_WRITE;
    if (http && connection->sweep != worker->sweep) {
        // libh2o has released it: only TLS's close notify must still be written.
        connection->phase = PHASE_CLOSING;
        connection->since = worker->now;
        bodies_release(connection);
    }
    // Now libh2o has sent the close notify on its own descriptor.
    if (connection->phase == PHASE_LINGER)
        shutdown(h2o_socket_get_fd(connection->socket), SHUT_WR);
    if (worker->now - connection->since > deadlines[connection->phase].limit)
        connection_cut(connection, deadlines[connection->phase].event);
}

void connections_sweep(struct worker *worker)
{
    uint64_t now = clock_ms();
    if (now - worker->now < SWEEP_MS)
        return;
    worker->now = now;
    worker->sweep++;
    libh2o_each_request(&worker->context, observe, worker);
    for (struct connection *connection = worker->anchor.next; connection != &worker->anchor;
         connection = connection->next)
        enforce_deadline(connection);
    bodies_enforce(worker);
    if (worker->paused && at_cap(worker)) {
        make_room(worker);
    } else if (worker->paused && worker->listener) {
        worker->paused = false;
        h2o_socket_read_start(worker->listener, on_accept);
    }
}

void connections_cut(struct worker *worker, bool idle_only)
{
    worker->now = 0; // sweep at once, to know each one's phase
    connections_sweep(worker);
    for (struct connection *connection = worker->anchor.next; connection != &worker->anchor;
         connection = connection->next) {
        int unread = 0;
        int descriptor = h2o_socket_get_fd(connection->socket);
        // A request may wait in the kernel though libh2o has not seen it.
        if (idle_only &&
            (connection->phase != PHASE_IDLE || worker->now - connection->since < CLOSE_IDLE_MS ||
             ioctl(descriptor, FIONREAD, &unread) != 0 || unread > 0))
            continue;
        connection->cut = true;
        shutdown(descriptor, SHUT_RDWR);
    }
}
