// Threads, their messages, and requests on libh2o. Each thread has its own event loop, context and
// configuration, and does not touch those of others. See http.h.
#include "server/http_internal.h"

#include <errno.h>
#include <linux/filter.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LOOP_WAIT_MS = 100,
    // Bytes; larger blocks go back to the kernel when they are freed, and so does what is free
    // above this at the end of a thread's heap. A body of 1 or 2 MB is read into memory that was
    // used before, as new memory costs more than reading it.
    MAPPED_MIN = 2304 * 1024,
    // For TCP handshakes that are in progress when new ones are turned away.
    LAST_CONNECTIONS_MS = 100,
};

// libh2o's timers follow the wall clock, so the sweep cuts connections instead. 20 years: no clock
// jumps this far. libh2o subtracts it from the time since 1970, and the result must stay above 0.
static const uint64_t NO_TIMER_MS = UINT64_C(20) * 365 * 24 * 3600 * 1000;

enum command { COMMAND_PUBLISH, COMMAND_DRAIN, COMMAND_CLOSE, COMMAND_CUT };

struct message {
    h2o_multithread_message_t super;
    enum command command;
    struct snapshot *snapshot;
};

void http_prepare(void)
{
    // Otherwise a body above 16 MiB is moved to a file in /tmp, which may be read-only.
    h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;
    // Otherwise they grow to the largest freed body and twice that, and heaps never shrink.
    mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
    mallopt(M_TRIM_THRESHOLD, MAPPED_MIN);
    // With libh2o's 4 or 8 KiB, a review would be read and copied in steps.
    libh2o_set_buffer(FIRST_BUFFER);
}

bool http_sends_messages(void)
{
    return libh2o_sends_messages();
}

static struct slice slice_of_iovec(h2o_iovec_t bytes)
{
    return (struct slice){bytes.base, bytes.len};
}

static struct slice path_without_query(h2o_iovec_t path)
{
    if (path.len == 0)
        return slice_of(""); // CONNECT may have none
    const char *query = memchr(path.base, '?', path.len);
    return (struct slice){path.base, query ? (size_t)(query - path.base) : path.len};
}

static void request_ended(void *data)
{
    struct connection *connection = *(struct connection **)data;
    connection->answering = false;
    worker_notice(connection->worker, HTTP_ENDED, 0);
}

static void request_began(struct connection *connection, h2o_req_t *req)
{
    // The request's pool is freed when its answer has been written, or never will be.
    struct connection **end = h2o_mem_alloc_shared(&req->pool, sizeof(*end), request_ended);
    *end = connection;
    connection->answering = true;
    connection->requests++;
    if (connection->worker->context.shutdown_requested || req->entity.len > HTTP_KEPT_BODY_MAX)
        req->http1_is_persistent = 0;
    worker_notice(connection->worker, HTTP_BEGAN, 0);
}

static void send_answer(h2o_req_t *req, const struct http_answer *answer)
{
    req->res.status = answer->status;
    req->res.reason = answer->reason;
    req->res.content_length = answer->body.size;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   answer->content_type, strlen(answer->content_type));
    if (answer->allow)
        h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_ALLOW, NULL, answer->allow,
                       strlen(answer->allow));
    libh2o_send(req, answer->body);
}

static void refuse_ambiguous(struct worker *worker, h2o_req_t *req)
{
    static const char body[] = "the request's length is ambiguous\n";
    struct http_answer answer = {
        .status = 400,
        .reason = "Bad Request",
        .content_type = "text/plain; charset=utf-8",
        .body = {body, sizeof(body) - 1},
    };
    req->http1_is_persistent = 0;
    worker_notice(worker, HTTP_REFUSED, answer.status);
    send_answer(req, &answer);
}

static void answer_request(h2o_req_t *req)
{
    struct connection *connection = connection_of(req);
    struct worker *worker = connection->worker;
    const struct http_options *options = &worker->http->options;
    struct http_answer answer = {0};
    struct http_request request = {
        .method = slice_of_iovec(req->input.method),
        .path = path_without_query(req->input.path),
        .body = slice_of_iovec(req->entity),
        .snapshot = worker->snapshot,
    };
    ssize_t type = h2o_find_header(&req->headers, H2O_TOKEN_CONTENT_TYPE, -1);
    if (type >= 0)
        request.content_type = slice_of_iovec(req->headers.entries[type].value);
    request_began(connection, req);
    if (libh2o_is_ambiguous(connection, req)) {
        refuse_ambiguous(worker, req);
        return;
    }
    options->answer(options->context, worker->index, &request, &answer);
    send_answer(req, &answer);
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
    (void)handler;
    if (!libh2o_take_body(connection_of(req), req, answer_request))
        answer_request(req);
    return 0;
}

// Called at the end of each request, for those that libh2o refused by itself: 400, 413, 417.
static void on_refused(h2o_logger_t *logger, h2o_req_t *req)
{
    struct connection *connection = connection_of(req);
    (void)logger;
    if (connection->answering || connection->cut)
        return;
    if (req->res.status != 0)
        worker_notice(connection->worker, HTTP_REFUSED, req->res.status);
    if (req->res.status == 413)
        connection_linger(connection);
}

static void worker_configure(struct worker *worker)
{
    h2o_config_init(&worker->config);
    worker->config.server_name = h2o_iovec_init(NULL, 0);
    worker->config.max_request_entity_size = worker->http->options.body_max;
    worker->config.http1.upgrade_to_http2 = 0;
    h2o_hostconf_t *host =
        h2o_config_register_host(&worker->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_handler_t *handler = h2o_create_handler(path, sizeof(*handler));
    handler->on_req = on_request;
    libh2o_configure(&worker->config, handler, NO_TIMER_MS);
    // It refuses before a request has its path, and while it reads a body for the handler.
    h2o_create_logger(&host->fallback_path, sizeof(h2o_logger_t))->log_access = on_refused;
    h2o_create_logger(path, sizeof(h2o_logger_t))->log_access = on_refused;
}

static void worker_publish(struct worker *worker, struct snapshot *snapshot)
{
    snapshot_release(worker->snapshot);
    worker->snapshot = snapshot;
}

static void worker_obey(struct worker *worker, const struct message *message)
{
    switch (message->command) {
    case COMMAND_PUBLISH:
        worker_publish(worker, message->snapshot);
        break;
    case COMMAND_DRAIN:
        h2o_context_request_shutdown(&worker->context);
        break;
    case COMMAND_CLOSE:
        h2o_context_request_shutdown(&worker->context);
        connections_unlisten(worker);
        connections_cut(worker, true);
        worker->closing = true;
        break;
    case COMMAND_CUT:
        connections_cut(worker, false);
        break;
    }
}

static void on_messages(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    struct worker *worker = H2O_STRUCT_FROM_MEMBER(struct worker, receiver, receiver);
    h2o_linklist_t *node = messages->next;
    // They are unlinked all at once: libh2o wants its list back empty.
    h2o_linklist_init_anchor(messages);
    while (node != messages) {
        struct message *message = H2O_STRUCT_FROM_MEMBER(struct message, super.link, node);
        node = node->next;
        worker_obey(worker, message);
        free(message);
    }
}

static void worker_prepare(struct worker *worker)
{
    libh2o_set_thread_buffer(FIRST_BUFFER);
    worker->anchor.next = worker->anchor.previous = &worker->anchor;
    h2o_linklist_init_anchor(&worker->unwatched);
    worker_configure(worker);
    h2o_context_init(&worker->context, h2o_evloop_create(), &worker->config);
    worker->accept = (h2o_accept_ctx_t){.ctx = &worker->context, .hosts = worker->config.hosts};
    h2o_multithread_register_receiver(worker->context.queue, &worker->receiver, on_messages);
    connections_listen(worker);
}

static void worker_turn(struct worker *worker, int wait_ms)
{
    h2o_evloop_run(worker->context.loop, wait_ms);
    bodies_settle(worker);
    connections_sweep(worker);
}

static void *worker_run(void *data)
{
    struct worker *worker = data;
    worker_prepare(worker);
    sem_post(&worker->http->ready);
    while (!worker->closing || worker->count > 0) {
        worker_turn(worker, LOOP_WAIT_MS);
        // Connections that were in the middle of a request, or young, get idle after a while.
        if (worker->closing)
            connections_cut(worker, true);
    }
    worker_publish(worker, NULL);
    atomic_fetch_add(&worker->http->finished, 1);
    // libh2o keeps free lists that only its thread can reach: leave them to the process's end.
    for (;;)
        pause();
    return NULL;
}

static int worker_start(struct worker *worker, struct error *error)
{
    int failure = pthread_create(&worker->thread, NULL, worker_run, worker);
    if (failure)
        return error_set(error, "a thread cannot be started: %s", strerror(failure));
    while (sem_wait(&worker->http->ready) != 0 && errno == EINTR)
        ;
    return 0;
}

struct http *http_start(const struct http_options *options, struct error *error)
{
    struct http *http = calloc(1, sizeof(*http));
    struct worker *workers = calloc(options->threads, sizeof(*workers));
    if (!http || !workers) {
        error_set(error, "the server cannot be started: out of memory");
        free(http);
        free(workers);
        return NULL;
    }
    http->options = *options;
    http->workers = workers;
    sem_init(&http->ready, 0, 0);
    for (unsigned i = 0; i < options->threads; i++) {
        workers[i].http = http;
        workers[i].index = i;
        workers[i].snapshot = options->first ? snapshot_hold(options->first) : NULL;
        if (worker_start(&workers[i], error) < 0)
            return NULL;
    }
    return http;
}

static void http_tell(struct http *http, enum command command, struct snapshot *snapshot)
{
    for (unsigned i = 0; i < http->options.threads; i++) {
        // As libh2o does, which cannot work without memory either.
        struct message *message = h2o_mem_alloc(sizeof(*message));
        *message = (struct message){
            .command = command,
            .snapshot = snapshot ? snapshot_hold(snapshot) : NULL,
        };
        h2o_multithread_send_message(&http->workers[i].receiver, &message->super);
    }
}

void http_publish(struct http *http, struct snapshot *snapshot)
{
    http_tell(http, COMMAND_PUBLISH, snapshot);
}

void http_drain(struct http *http)
{
    http_tell(http, COMMAND_DRAIN, NULL);
}

// A closed listener resets the connections that wait in its queue. So new ones are first turned
// away without an answer: their SYN is dropped. They send it again a second later, and are refused.
static void turn_away(int listener)
{
    struct sock_filter program[] = {
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, 13},    // the flags of the TCP header (RFC 9293)
        {BPF_ALU | BPF_AND | BPF_K, 0, 0, 0x12}, // of which SYN and ACK
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x02}, // SYN alone?
        {BPF_RET | BPF_K, 0, 0, 0},              // dropped
        {BPF_RET | BPF_K, 0, 0, 0xffffffff},     // let in
    };
    struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
    // Without it a connection in the instant of closing is reset, as with most servers.
    if (setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0)
        usleep(LAST_CONNECTIONS_MS * 1000);
}

void http_close(struct http *http)
{
    turn_away(http->options.listener);
    http_tell(http, COMMAND_CLOSE, NULL);
}

void http_cut(struct http *http)
{
    http_tell(http, COMMAND_CUT, NULL);
}

bool http_wait(struct http *http, unsigned milliseconds)
{
    enum { STEP_MS = 5 };
    for (unsigned waited = 0; atomic_load(&http->finished) < http->options.threads;
         waited += STEP_MS) {
        if (waited >= milliseconds)
            return false;
        usleep(STEP_MS * 1000);
    }
    return true;
}

unsigned http_connections(const struct http *http)
{
    return atomic_load(&http->connections);
}
