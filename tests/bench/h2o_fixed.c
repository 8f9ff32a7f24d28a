// Bare libh2o: answers every request with a fixed body over TLS. What it costs, evenkeel cannot go
// below. It has none of the server's deadlines, limits, counters or logs.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <h2o.h>

static struct {
    int listener;
    SSL_CTX *tls;
    h2o_iovec_t body;
} fixed;

struct loop {
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
};

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
    (void)handler;
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = fixed.body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_send_inline(req, fixed.body.base, fixed.body.len);
    return 0;
}

static void on_accept(h2o_socket_t *listener, const char *failure)
{
    h2o_socket_t *socket = failure ? NULL : h2o_evloop_socket_accept(listener);
    if (socket)
        h2o_accept(listener->data, socket);
}

static void *run(void *unused)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    (void)unused;
    h2o_config_init(&loop->config);
    loop->config.server_name = h2o_iovec_init(NULL, 0);
    loop->config.max_request_entity_size = 64 * 1024 * 1024;
    loop->config.http1.upgrade_to_http2 = 0;
    loop->config.http1.req_timeout = 1000 * 1000; // ms: idle connections are counted
    h2o_hostconf_t *host =
        h2o_config_register_host(&loop->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_request;
    h2o_context_init(&loop->context, h2o_evloop_create(), &loop->config);
    loop->accept.ctx = &loop->context;
    loop->accept.hosts = loop->config.hosts;
    loop->accept.ssl_ctx = fixed.tls;
    h2o_socket_t *listener = h2o_evloop_socket_create(
        loop->context.loop, fcntl(fixed.listener, F_DUPFD_CLOEXEC, 0), H2O_SOCKET_FLAG_DONT_READ);
    listener->data = &loop->accept;
    h2o_socket_read_start(listener, on_accept);
    while (h2o_evloop_run(loop->context.loop, 1000) == 0)
        ;
    return NULL;
}

static int select_http1(SSL *ssl, const unsigned char **out, unsigned char *size,
                        const unsigned char *in, unsigned in_size, void *unused)
{
    static const unsigned char http1[] = "\x08http/1.1";
    (void)ssl;
    (void)unused;
    return SSL_select_next_proto((unsigned char **)out, size, http1, sizeof(http1) - 1, in,
                                 in_size) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *tls_new(const char *certificate, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(tls, 0);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(tls, select_http1, NULL);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set1_groups_list(tls, "X25519:P-256");
    if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        return NULL;
    return tls;
}

static int listen_on(unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, 4096) < 0)
        return -1;
    return listener;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: h2o_fixed PORT CERTIFICATE KEY THREADS BYTES\n");
        return 2;
    }
    fixed.listener = listen_on((unsigned short)atoi(argv[1]));
    fixed.tls = tls_new(argv[2], argv[3]);
    fixed.body.len = (size_t)atol(argv[5]);
    fixed.body.base = malloc(fixed.body.len + 1);
    if (fixed.listener < 0 || !fixed.tls || !fixed.body.base) {
        perror("h2o_fixed");
        return 2;
    }
    memset(fixed.body.base, 'a', fixed.body.len);
    h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < atoi(argv[4]); i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, run, NULL);
    }
    run(NULL);
    return 0;
}
