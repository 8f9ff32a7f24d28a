// Shared by the parts of the HTTP server. Each part uses only those after it: requests and threads
// (http.c), connections and their deadlines (http_connection.c), bodies and all else that depends
// on libh2o's version (http_h2o_2_2.c or http_h2o_2_3.c), what they have in common (http_shared.c).
// Nobody else includes it, or h2o.h.
#ifndef EVENKEEL_SERVER_HTTP_INTERNAL_H
#define EVENKEEL_SERVER_HTTP_INTERNAL_H

#include "server/http.h"
#include "server/http_h2o.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

enum {
    // Bytes of a socket's first buffer, which it has only while a request is in it. Nearly every
    // review fits.
    FIRST_BUFFER = 32 * 1024,
    // OpenSSL keeps a record's beginning until its end has come.
    TLS_RECORD = 17 * 1024,
};

enum phase { PHASE_HANDSHAKE, PHASE_IDLE, PHASE_READ, PHASE_WRITE, PHASE_CLOSING, PHASE_LINGER };

// One accepted socket, from accept to close. A worker's connections form a ring around its anchor.
struct connection {
    struct connection *next;
    struct connection *previous;
    struct worker *worker;
    h2o_socket_t *socket;
    SSL_CTX *tls;             // a reference: libh2o makes the SSL from it only when bytes arrive
    enum phase phase;         // as the last sweep saw it
    uint64_t since;           // ms; when it was first seen in that phase
    uint64_t requests;        // read so far
    uint64_t seen_requests;   // at the last sweep
    uint64_t sweep;           // the last one that met it as an HTTP connection
    size_t memory;            // of its body, as counted in http->memory
    h2o_hostconf_t *hosts[2]; // the worker's one: a request's connection is found by their place
    struct upload *upload;    // 2.3: the body that is being read
    h2o_socket_cb read;       // 2.2: libh2o's, which ours stands for
    h2o_linklist_t unwatched; // 2.2: while libh2o has not gone back to reading
    bool answering;           // between a request's end and its answer's
    bool cut;                 // already shut down
};

struct worker {
    struct http *http;
    unsigned index;
    pthread_t thread;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    h2o_multithread_receiver_t receiver;
    h2o_socket_t *listener; // NULL once closed
    bool paused;            // at the cap on connections
    bool closing;
    struct snapshot *snapshot;
    struct connection anchor;
    unsigned count;
    uint64_t now;               // ms, monotonic: at the last sweep
    uint64_t sweep;             // their number
    struct connection *reading; // 2.2: while libh2o looks at what came; NULL once that ended it
    h2o_linklist_t unwatched;   // 2.2
    size_t grown;               // bytes that bodies took since memory was last given back
};

struct http {
    struct http_options options;
    struct worker *workers;
    sem_t ready;
    atomic_uint connections;
    atomic_size_t memory; // of all bodies
    atomic_uint finished; // workers that have closed and have no connection left
};

// Tells the caller of an event.
void worker_notice(struct worker *worker, enum http_event event, int number);
struct connection *connection_of(const h2o_req_t *req);
// libh2o owns the socket. When the descriptor is shut down, libh2o sees the end and closes by
// itself.
void connection_cut(struct connection *connection, enum http_event event);
// Whether a head gives its body's length twice, or has a folded line (RFC 9112 sections 5.2 and
// 6.3): two parsers disagree about where the next request begins.
bool head_is_ambiguous(const char *head, const char *end);

// Bytes of a request's head and of the body that it announces, if the first `size` bytes have the
// whole head and a Content-Length; else 0.
size_t head_announces(const char *head, size_t size);

// Counts that a connection's body now holds `memory` bytes. Whether these are more than before.
bool memory_count(struct connection *connection, size_t memory);
// Adapts the largest body that libh2o takes to what is left.
void memory_limit_bodies(struct worker *worker);
// While bodies are above the limit: the worker's connection that holds most and `may_go`. Of those
// that hold the same, the oldest. Otherwise NULL.
struct connection *memory_largest(struct worker *worker,
                                  bool (*may_go)(const struct connection *connection));
// Now and then, what bodies have freed goes back to the kernel.
void memory_give_back(struct worker *worker);

// Starts listening on a duplicate of the server's listener.
void connections_listen(struct worker *worker);
// Accepts what is queued, then closes the listener.
void connections_unlisten(struct worker *worker);
// Reads for a while what a refused client still sends on a connection that will be closed. If it
// were closed with unread bytes, it would be reset, and the client might never see the answer.
void connection_linger(const struct connection *closing);
// Looks at every connection and enforces the deadlines and the limit on memory. Call it often: it
// costs little if it is not yet time.
void connections_sweep(struct worker *worker);
// Shuts down every connection. With `idle_only`, only those that have been between requests for a
// while.
void connections_cut(struct worker *worker, bool idle_only);

// From the next bodies_settle() on counts what an HTTP connection holds, at each read.
void bodies_watch(struct connection *connection);
// After each round of the event loop.
void bodies_settle(struct worker *worker);
// Frees the body of a connection that libh2o has let go of, or is about to.
void bodies_release(struct connection *connection);
// The connection is gone.
void bodies_forget(struct connection *connection);
// Above the limit, cuts the largest bodies of this worker. Bodies that began together may exceed it
// together.
void bodies_enforce(struct worker *worker);

#endif
