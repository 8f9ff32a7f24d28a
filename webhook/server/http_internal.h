// Shared by the two halves of the HTTP server: requests and threads (http.c), connections and their
// deadlines (http_connection.c). Nobody else includes it, nor h2o.h.
#ifndef EVENKEEL_SERVER_HTTP_INTERNAL_H
#define EVENKEEL_SERVER_HTTP_INTERNAL_H

#include "server/http.h"

#include <h2o.h>
#include <h2o/http1.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

enum {
    // Bytes of a socket's first buffer, which it has only while a request is in it: nearly every
    // review fits.
    FIRST_BUFFER = 32 * 1024,
};

enum phase { PHASE_HANDSHAKE, PHASE_IDLE, PHASE_READ, PHASE_WRITE, PHASE_CLOSING, PHASE_LINGER };

// One accepted socket, from accept to close. A worker's connections form a ring around its anchor.
struct connection {
    struct connection *next;
    struct connection *previous;
    struct worker *worker;
    h2o_socket_t *socket;
    SSL_CTX *tls;           // a reference: libh2o makes the SSL from it only when bytes arrive
    enum phase phase;       // as the last sweep saw it
    uint64_t since;         // ms; when it was first seen in that phase
    uint64_t requests;      // read so far
    uint64_t seen_requests; // at the last sweep
    uint64_t sweep;         // the last one that met it as an HTTP connection
    size_t memory;          // of its body being read, at the last sweep
    bool answering;         // between a request's end and its answer's
    bool cut;               // already shut down
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
    uint64_t now;   // ms, monotonic: at the last sweep
    uint64_t sweep; // their number
    size_t memory;  // of this worker's bodies, at the last sweep
};

struct http {
    struct http_options options;
    struct worker *workers;
    sem_t ready;
    atomic_uint connections;
    atomic_size_t memory; // of all bodies, at the last sweeps
    atomic_uint finished; // workers that have closed and have no connection left
};

void worker_notice(struct worker *worker, enum http_event event, int number);

// Starts listening on a duplicate of the server's listener.
void connections_listen(struct worker *worker);
// Accepts what is queued, then closes the listener.
void connections_unlisten(struct worker *worker);
struct connection *connection_of(h2o_req_t *req);
// Keeps reading, for a while, what a refused client still sends on a connection that is about to be
// closed. Closed with bytes unread it would be reset, and the client might never see the answer.
void connection_linger(const struct connection *closing);
// Looks at every connection: enforces the deadlines and the bound on memory. Now and then; cheap
// when it is not yet time.
void connections_sweep(struct worker *worker);
// Shuts down every connection; with `idle_only` just those that have been between requests for a
// while.
void connections_cut(struct worker *worker, bool idle_only);

#endif
