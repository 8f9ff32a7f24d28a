// libh2o, of which two versions are served. Only this file looks at the version. Only
// http_h2o_2_2.c and http_h2o_2_3.c know what is different: one of them is compiled, and defines
// what is declared here and the functions bodies_...() of http_internal.h.
#ifndef EVENKEEL_SERVER_HTTP_H2O_H
#define EVENKEEL_SERVER_HTTP_H2O_H

#include "base/text.h"

#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/version.h>
#include <stdbool.h>

// libh2o 2.2 (library version 0.13) reads a body by itself and hands it over whole. Upstream's
// master, which calls itself 2.3.0-DEV, hands over each piece.
#define H2O_STREAMS (H2O_LIBRARY_VERSION_MAJOR > 0 || H2O_LIBRARY_VERSION_MINOR >= 16)

struct connection;

// Bytes of a socket's first buffer. The first before any thread, the second on each thread.
void libh2o_set_buffer(size_t size);
void libh2o_set_thread_buffer(size_t size);
// Whether it writes with sendmsg(), otherwise with writev().
bool libh2o_sends_messages(void);
// Sets libh2o's own time-outs, and that it hands bodies over as libh2o_take_body() expects.
void libh2o_configure(h2o_globalconf_t *config, h2o_handler_t *handler, uint64_t timer_ms);
void libh2o_handshake(h2o_socket_t *socket, SSL_CTX *tls, h2o_socket_cb done);
// For the request of each connection that is open or is being read.
void libh2o_each_request(h2o_context_t *context, int (*call)(h2o_req_t *, void *), void *data);
// Whether the request's head is ambiguous, and libh2o has not refused it already.
bool libh2o_is_ambiguous(const struct connection *connection, const h2o_req_t *req);
// Whether the handler was called before all of the body came. Then `whole` is called in its place,
// once req->entity is the whole body, or never if the connection ends before.
bool libh2o_take_body(struct connection *connection, h2o_req_t *req, void (*whole)(h2o_req_t *));
// Sends status and headers that are set, and the body, which is copied.
void libh2o_send(h2o_req_t *req, struct slice body);

#endif
