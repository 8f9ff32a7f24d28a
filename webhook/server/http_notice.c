// What every part of the HTTP server does: it reports an event to the caller, and it shuts a
// connection down.
#include "server/http_internal.h"

#include <sys/socket.h>

void worker_notice(struct worker *worker, enum http_event event, int number)
{
    struct http_notice notice = {.event = event, .number = number, .peer = "", .detail = ""};
    worker->http->options.notice(worker->http->options.context, worker->index, &notice);
}

struct connection *connection_of(h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

void connection_cut(struct connection *connection, enum http_event event)
{
    if (connection->cut)
        return;
    connection->cut = true;
    shutdown(h2o_socket_get_fd(connection->socket), SHUT_RDWR);
    worker_notice(connection->worker, event, 0);
}
