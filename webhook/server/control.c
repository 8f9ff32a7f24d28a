// Signals, reloads and the drain. See control.h.
#include "server/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
    // Requests in flight get this much time after the listener is closed. Then they are cut.
    FINISH_MS = 15 * 1000,
    CUT_MS = 1000,
    STEP_MS = 20,
};

enum state { SERVING, DRAINING, STOPPING };

int control_signals(struct error *error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    // libh2o writes with writev(), which has no flag to leave the signal out.
    signal(SIGPIPE, SIG_IGN);
    int descriptor = pthread_sigmask(SIG_BLOCK, &set, NULL) == 0
                         ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                         : -1;
    return descriptor >= 0 ? descriptor
                           : error_set(error, "signals cannot be read: %s", strerror(errno));
}

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void log_event(struct control *control, const char *message)
{
    struct log_line line;
    log_begin(&line, control->log, control->ring, LOG_LEVEL_INFO, message);
    log_end(&line);
}

// The next signal within `milliseconds`; 0: none came.
static int next_signal(struct control *control, uint64_t milliseconds)
{
    struct signalfd_siginfo info;
    struct pollfd ready = {.fd = control->signals, .events = POLLIN};
    if (poll(&ready, 1, (int)milliseconds) <= 0)
        return 0;
    return read(control->signals, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

static void reload(struct control *control)
{
    struct snapshot *snapshot = material_refresh(control->material, time(NULL));
    if (!snapshot)
        return;
    http_publish(control->http, snapshot);
    snapshot_release(snapshot);
}

static enum state begin_drain(struct control *control)
{
    struct log_line line;
    metrics_ready(control->metrics, false);
    http_drain(control->http);
    log_begin(&line, control->log, control->ring, LOG_LEVEL_INFO, "draining");
    log_integer(&line, "seconds", control->options->drain_ms / 1000);
    log_end(&line);
    return DRAINING;
}

// Serves, and drains, until it is time to close the listener.
static void serve(struct control *control)
{
    enum state state = SERVING;
    uint64_t look_at = clock_ms() + control->options->reload_ms;
    uint64_t drained_at = UINT64_MAX;
    while (state != STOPPING) {
        uint64_t now = clock_ms();
        uint64_t wake_at = look_at < drained_at ? look_at : drained_at;
        int signal_number = next_signal(control, wake_at > now ? wake_at - now : 0);
        now = clock_ms();
        if (signal_number == SIGTERM && state == SERVING) {
            state = begin_drain(control);
            drained_at = now + control->options->drain_ms;
        }
        if (signal_number == SIGINT || now >= drained_at)
            state = STOPPING;
        if (signal_number == SIGHUP || now >= look_at) {
            reload(control);
            look_at = clock_ms() + control->options->reload_ms;
        }
    }
}

static bool finish(struct control *control)
{
    uint64_t deadline = clock_ms() + FINISH_MS;
    while (clock_ms() < deadline) {
        if (http_wait(control->http, 0))
            return true;
        if (next_signal(control, STEP_MS) == SIGINT)
            return false;
    }
    http_cut(control->http);
    return http_wait(control->http, CUT_MS);
}

bool control_run(struct control *control)
{
    struct log_line line;
    serve(control);
    metrics_ready(control->metrics, false);
    log_event(control, "stopping");
    http_close(control->http);
    bool finished = finish(control);
    log_begin(&line, control->log, control->ring, LOG_LEVEL_INFO, "stopped");
    log_integer(&line, "connections_left", http_connections(control->http));
    log_end(&line);
    return finished;
}
