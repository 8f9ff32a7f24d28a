// Starting and stopping the server, in an order that matters: bind, load, warm up, (lock down,)
// start threads. What can fail has failed before the first thread runs.
#include "server/serve.h"

#include "rules/rules.h"
#include "server/admin.h"
#include "server/control.h"
#include "server/handler.h"
#include "server/hint.h"
#include "server/listen.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_TROUBLE = 2,
    LOG_STOP_MS = 1000,
    ADMIN_CONNECTIONS_MAX = 32,
    ADMIN_BODY_MAX = 1024,
};

// All that lives as long as the server. It is never freed piece by piece once threads run: they may
// still use it.
struct server {
    struct options options;
    int listener;
    int admin_listener;
    char address[LISTEN_ADDRESS_MAX];
    char admin_address[LISTEN_ADDRESS_MAX];
    struct log *log;
    struct metrics *metrics;
    struct material *material;
    struct snapshot *snapshot; // the first; released once the threads hold it
    struct handler_state handler;
    struct admin admin;
    struct control control;
    struct http *admin_http;
};

static int server_bind(struct server *server, struct error *error)
{
    server->listener = listen_on(server->options.listen, error);
    if (server->listener < 0)
        return -1;
    server->admin_listener = listen_on(server->options.admin_listen, error);
    if (server->admin_listener < 0)
        return -1;
    listen_address(server->listener, server->address);
    listen_address(server->admin_listener, server->admin_address);
    return 0;
}

static int server_allocate(struct server *server, struct error *error)
{
    const struct options *options = &server->options;
    // One ring for each worker, and one for the control thread.
    server->log = log_new(STDERR_FILENO, options->log_format, options->log_level,
                          options->threads + 1, error);
    if (!server->log)
        return -1;
    server->metrics = metrics_new(&rules_table, options->threads);
    if (!server->metrics)
        return error_set(error, "out of memory");
    server->handler = (struct handler_state){
        .rules = &rules_table, .log = server->log, .metrics = server->metrics};
    for (unsigned i = 0; i < options->threads; i++) {
        server->handler.scratches[i] = scratch_new();
        if (!server->handler.scratches[i])
            return error_set(error, "out of memory");
    }
    server->admin = (struct admin){.metrics = server->metrics, .log = server->log};
    server->material =
        material_new(&rules_table, options, server->log, options->threads, server->metrics, error);
    return server->material ? 0 : -1;
}

// What libraries read on first use, they read now.
static void server_warm_up(void)
{
    struct tm parts;
    time_t now = time(NULL);
    localtime_r(&now, &parts);
    http_prepare();
}

static int server_start_admin(struct server *server, struct error *error)
{
    struct http_options options = {
        .listener = server->admin_listener,
        .threads = 1,
        .body_max = ADMIN_BODY_MAX,
        .bodies_max = (size_t)ADMIN_BODY_MAX * 1024,
        .connections_max = ADMIN_CONNECTIONS_MAX,
        .context = &server->admin,
        .answer = admin_answer,
        .notice = admin_notice,
    };
    server->admin_http = http_start(&options, error);
    return server->admin_http ? 0 : -1;
}

static int server_start_workers(struct server *server, struct error *error)
{
    struct http_options options = {
        .listener = server->listener,
        .threads = server->options.threads,
        .first = server->snapshot,
        .body_max = server->options.body_max,
        .bodies_max = server->options.bodies_max,
        .connections_max = server->options.connections_max,
        .context = &server->handler,
        .answer = handler_answer,
        .notice = handler_notice,
    };
    server->control.http = http_start(&options, error);
    return server->control.http ? 0 : -1;
}

static void server_announce(struct server *server)
{
    struct log_line line;
    metrics_ready(server->metrics, true); // before anybody can read that it listens
    log_begin(&line, server->log, server->options.threads, LOG_LEVEL_INFO, "listening");
    log_string(&line, "address", slice_of(server->address));
    log_string(&line, "admin_address", slice_of(server->admin_address));
    log_string(&line, "version", slice_of(EVENKEEL_VERSION));
    log_integer(&line, "threads", server->options.threads);
    log_end(&line);
}

// 0 when every thread runs; else -1 with the reason, or with none where problems were already
// printed.
static int server_start(struct server *server, struct error *error)
{
    if (server_bind(server, error) < 0 || server_allocate(server, error) < 0)
        return -1;
    server->snapshot = material_load(server->material, time(NULL));
    if (!server->snapshot)
        return -1;
    server_warm_up();
    if (log_start(server->log, error) < 0 || server_start_admin(server, error) < 0 ||
        server_start_workers(server, error) < 0)
        return -1;
    snapshot_release(server->snapshot);
    server->snapshot = NULL;
    server_announce(server);
    return 0;
}

static void server_run(struct server *server)
{
    char ca_path[HINT_PATH_MAX] = "";
    server->control.options = &server->options;
    server->control.material = server->material;
    server->control.log = server->log;
    server->control.ring = server->options.threads;
    server->control.metrics = server->metrics;
    if (server->options.self_signed)
        hint_print(server->material, server->address, server->admin_address, ca_path);
    bool finished = control_run(&server->control);
    if (ca_path[0])
        unlink(ca_path);
    bool logged = log_stop(server->log, LOG_STOP_MS);
    // Threads still at work must not meet the libraries' clean-up at exit.
    if (!finished || !logged)
        _exit(0);
}

int serve_command(int argc, char **argv)
{
    // Static: threads that rest until the process ends keep looking at it.
    static struct server server;
    struct error error = {0};
    server.control.signals = control_signals(&error);
    int result =
        server.control.signals < 0 ? -1 : options_read(&server.options, argc, argv, &error);
    if (result == 0 && server.options.help) {
        options_help(stdout);
        return 0;
    }
    if (result == 0)
        result = server_start(&server, &error);
    if (error.set)
        fprintf(stderr, "evenkeel: %s\n", error.text);
    if (result < 0)
        return EXIT_TROUBLE;
    server_run(&server);
    return 0;
}
