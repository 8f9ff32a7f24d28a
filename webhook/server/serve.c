// Starts and stops the server in an order that matters: bind, load, warm up, lock down, start
// threads. Everything that can fail does so before the first thread runs.
#include "server/serve.h"

#include "rules/rules.h"
#include "server/admin.h"
#include "server/control.h"
#include "server/handler.h"
#include "server/hint.h"
#include "server/listen.h"
#include "server/sandbox.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_TROUBLE = 2,
    LOG_STOP_MS = 1000,
    ADMIN_CONNECTIONS_MAX = 32,
    ADMIN_BODY_MAX = 1024,
};

// Everything that lives as long as the server. It is never freed in pieces while threads run,
// because they may still use it.
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
    char ca_path[HINT_PATH_MAX]; // a file to remove at the end; "": none
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
static void server_warm_up(const struct server *server)
{
    struct tm parts;
    time_t now = time(NULL);
    localtime_r(&now, &parts);
    http_prepare();
    tls_warm_up(snapshot_tls(server->snapshot));
}

static void log_sandbox(struct server *server, const struct sandbox *sandbox)
{
    struct log_line line;
    log_begin(&line, server->log, server->options.threads,
              sandbox->missing[0] ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "sandbox");
    log_boolean(&line, "no_new_privileges", sandbox->no_new_privileges);
    log_boolean(&line, "no_core_dumps", sandbox->no_core_dumps);
    log_integer(&line, "landlock", sandbox->landlock);
    log_boolean(&line, "seccomp", sandbox->seccomp);
    if (sandbox->missing[0])
        log_string(&line, "missing", slice_of(sandbox->missing));
    log_end(&line);
}

_Static_assert((int)MATERIAL_FILES_MAX <= (int)SANDBOX_FILES_MAX, "every file that is read again");

static void server_lock_down(struct server *server)
{
    struct sandbox_plan plan = {.removable = server->ca_path[0] ? server->ca_path : NULL};
    struct sandbox sandbox = {.missing = "--no-sandbox"};
    material_files(server->material, plan.readable);
    if (!server->options.no_sandbox)
        sandbox_enter(&plan, &sandbox);
    log_sandbox(server, &sandbox);
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

// 0 if every thread runs. Else -1 with the reason, or without one if problems were already printed.
static int server_start(struct server *server, struct error *error)
{
    if (server_bind(server, error) < 0 || server_allocate(server, error) < 0)
        return -1;
    server->snapshot = material_load(server->material, time(NULL));
    if (!server->snapshot)
        return -1;
    server_warm_up(server);
    if (server->options.self_signed)
        hint_write_ca(server->material, server->ca_path);
    server_lock_down(server);
    if (log_start(server->log, error) < 0 || server_start_admin(server, error) < 0 ||
        server_start_workers(server, error) < 0)
        return -1;
    snapshot_release(server->snapshot);
    server->snapshot = NULL;
    if (server->options.self_signed)
        hint_print(server->address, server->admin_address, server->ca_path);
    server_announce(server);
    return 0;
}

static void server_forget_ca(const struct server *server)
{
    if (server->ca_path[0])
        unlink(server->ca_path);
}

static void server_run(struct server *server)
{
    server->control.options = &server->options;
    server->control.material = server->material;
    server->control.log = server->log;
    server->control.ring = server->options.threads;
    server->control.metrics = server->metrics;
    bool finished = control_run(&server->control);
    server_forget_ca(server);
    bool logged = log_stop(server->log, LOG_STOP_MS);
    // Threads that still work must not run into the libraries' clean-up at exit.
    if (!finished || !logged)
        _exit(0);
}

// Every connection takes a descriptor, and nothing here uses select(), which fears large ones.
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int serve_command(int argc, char **argv)
{
    // Static, because threads that rest until the process ends still look at it.
    static struct server server;
    struct error error = {0};
    raise_descriptors();
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
    if (result < 0) {
        server_forget_ca(&server);
        return EXIT_TROUBLE;
    }
    server_run(&server);
    return 0;
}
