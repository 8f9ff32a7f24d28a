// HTTP/1.1 on libh2o: threads, connections, time-outs and limits. It knows nothing of reviews. Its
// source files are the only ones that include h2o.h. HTTP/2 is unreachable, with TLS and
// without.
#ifndef EVENKEEL_SERVER_HTTP_H
#define EVENKEEL_SERVER_HTTP_H

#include "base/error.h"
#include "base/text.h"
#include "server/snapshot.h"
#include "server/tls.h"

enum {
    HTTP_THREADS_MAX = 64,
    HTTP_IDLE_MS = 130 * 1000, // longer than the 90 s that an apiserver keeps a connection idle
    HTTP_HANDSHAKE_MS = 10 * 1000,
    HTTP_READ_MS = 10 * 1000,  // from a request's first byte to its last
    HTTP_WRITE_MS = 10 * 1000, // for one answer, and for the goodbye of a closed connection
    // A connection that had a larger body is closed after the answer, because libh2o keeps a buffer
    // at its largest size.
    HTTP_KEPT_BODY_MAX = 1024 * 1024,
};

struct http_request {
    struct slice method;
    struct slice path;         // without the query
    struct slice content_type; // absent when there is none
    struct slice body;         // not NUL-terminated
    const struct snapshot *snapshot;
};

struct http_answer {
    int status;
    const char *reason;       // static
    const char *content_type; // static
    const char *allow;        // static; NULL: no Allow header
    struct slice body;        // copied before the callback is called again on this thread
};

enum http_event {
    HTTP_OPENED,        // a connection was accepted
    HTTP_CLOSED,        // and is gone
    HTTP_BEGAN,         // a request was read
    HTTP_ENDED,         // and its answer written, or given up
    HTTP_REFUSED,       // libh2o answered by itself; `number` is the status
    HTTP_FAILED,        // a TLS handshake failed; `number` is an enum tls_failure
    HTTP_CUT_IDLE,      // a connection was cut: idle for too long,
    HTTP_CUT_HANDSHAKE, // TLS handshake not done in time,
    HTTP_CUT_READ,      // request not read in time,
    HTTP_CUT_WRITE,     // answer not taken in time,
    HTTP_CUT_MEMORY,    // the largest body when all bodies together passed the bound,
    HTTP_CUT_EVICTED,   // or idle when others needed the room
    HTTP_EVENTS_COUNT
};

// What happened on worker `worker`, reported on its thread. `peer` (an address) and `detail` come
// with HTTP_FAILED, else they are "".
struct http_notice {
    enum http_event event;
    int number;
    const char *peer;
    const char *detail;
};

struct http_options {
    int listener;             // listening and non-blocking; borrowed for the life of the server
    unsigned threads;         // 1 to HTTP_THREADS_MAX
    struct snapshot *first;   // NULL: plain HTTP; a reference is taken
    size_t body_max;          // bytes of one body; 413 past it
    size_t bodies_max;        // bytes of all bodies' buffers together
    unsigned connections_max; // of all threads
    void *context;
    void (*answer)(void *context, unsigned worker, const struct http_request *request,
                   struct http_answer *answer);
    void (*notice)(void *context, unsigned worker, const struct http_notice *notice);
};

struct http;

// Process-wide settings of libh2o; before any thread.
void http_prepare(void);

// Whether answers are written with sendmsg(), which the sandbox must then allow.
bool http_sends_messages(void);

// Starts the threads. They accept connections at once. NULL with the reason on failure: then the
// process must end, because threads that already started go on. It is never freed: only its threads
// reach some of libh2o's memory, so they rest until the process ends.
struct http *http_start(const struct http_options *options, struct error *error);

// Every later connection and request uses `snapshot`. A reference is taken for each thread.
void http_publish(struct http *http, struct snapshot *snapshot);

// From now on every answer carries Connection: close; new connections are still accepted.
void http_drain(struct http *http);

// Accepts what the kernel has queued, stops accepting, closes idle connections.
void http_close(struct http *http);

// Cuts every connection, when time has run out. Call it after http_close().
void http_cut(struct http *http);

// Whether all connections are gone after http_close() or http_cut(), within `milliseconds`.
bool http_wait(struct http *http, unsigned milliseconds);

unsigned http_connections(const struct http *http);

#endif
