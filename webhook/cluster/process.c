// Runs a program with fork(), exec() and two pipes. It knows nothing about the program. What it
// waits for is the program's end: the pipes may stay open in what the program left running.
#include "cluster/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/clock.h"

enum { STATUS_NOT_FOUND = 127, READ_SIZE = 64 * 1024 };

enum {
    WAIT_MAX = 60 * 1000, // milliseconds that it waits at once
    WAIT_BLIND = 20,      // the same, where the kernel does not tell when a program ends
    KILL_AFTER = 5,       // seconds from SIGTERM to SIGKILL
};

struct sink {
    int fd;
    char *bytes;
    size_t size, capacity;
};

struct running {
    pid_t pid;
    bool group;           // it leads a process group of its own
    int end;              // can be read when the program has ended; -1: nothing tells that
    struct sink sinks[2]; // stdout, stderr
    double deadline;      // seconds of the monotonic clock; 0: none
};

// Runs in the child, so it does only what is allowed between fork() and exec().
static void process_become(const char *const *arguments, const char *const *environment,
                           const int *outputs)
{
    int nothing = open("/dev/null", O_RDONLY);

    dup2(nothing, STDIN_FILENO);
    dup2(outputs[0], STDOUT_FILENO);
    dup2(outputs[1], STDERR_FILENO);
    for (; environment && *environment; environment++)
        putenv((char *)*environment);
    execvp(arguments[0], (char *const *)arguments);
    _exit(STATUS_NOT_FOUND);
}

static int process_start(struct running *running, const char *const *arguments,
                         const char *const *environment, struct error *error)
{
    int pipes[2][2] = {{-1, -1}, {-1, -1}};
    int outputs[2];

    if (pipe2(pipes[0], O_CLOEXEC) < 0 || pipe2(pipes[1], O_CLOEXEC) < 0)
        return error_set(error, "%s: %s", arguments[0], strerror(errno));
    outputs[0] = pipes[0][1];
    outputs[1] = pipes[1][1];
    signal(SIGCHLD, SIG_DFL); // a caller that ignores it would lose the status
    running->pid = fork();
    if (running->group && running->pid >= 0)
        setpgid(running->pid, 0); // on both sides, because either may be the first
    if (running->pid == 0)
        process_become(arguments, environment, outputs);
    running->end = running->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, running->pid, 0);
    close(pipes[0][1]);
    close(pipes[1][1]);
    running->sinks[0].fd = pipes[0][0];
    running->sinks[1].fd = pipes[1][0];
    return running->pid < 0 ? error_set(error, "%s: %s", arguments[0], strerror(errno)) : 0;
}

static int process_grow(struct sink *sink)
{
    size_t capacity = 2 * sink->capacity + READ_SIZE;
    char *bytes;

    if (sink->size + READ_SIZE <= sink->capacity)
        return 0;
    if (capacity > PROCESS_OUTPUT_MAX)
        return -1;
    bytes = realloc(sink->bytes, capacity + 1);
    if (!bytes)
        return -1;
    sink->bytes = bytes;
    sink->capacity = capacity;
    return 0;
}

static int process_take(struct sink *sink, struct error *error)
{
    ssize_t got;

    if (process_grow(sink) < 0)
        return error_set(error, "its output is too large");
    got = read(sink->fd, sink->bytes + sink->size, READ_SIZE);
    if (got > 0)
        sink->size += (size_t)got;
    if (got > 0 || (got < 0 && errno == EINTR))
        return 0;
    close(sink->fd);
    sink->fd = -1;
    return 0;
}

// Whether the program has ended. Its number stays taken until process_reap().
static bool process_has_ended(const struct running *running)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)running->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid != 0;
}

static bool process_is_late(const struct running *running)
{
    return running->deadline > 0 && clock_now() >= running->deadline;
}

static int process_wait_time(const struct running *running)
{
    int most = running->end >= 0 ? WAIT_MAX : WAIT_BLIND;
    double left = (running->deadline - clock_now()) * 1000;

    if (running->deadline <= 0 || left >= most)
        return most;
    return left > 0 ? (int)left + 1 : 0;
}

// Takes what is in the pipe, and waits for nothing: what still comes is not the program's.
static int process_drain(struct sink *sink, struct error *error)
{
    int left = 0;

    if (sink->fd >= 0 && ioctl(sink->fd, FIONREAD, &left) < 0)
        return error_set(error, "%s", strerror(errno));
    while (left > 0 && sink->fd >= 0) {
        size_t before = sink->size;
        if (process_take(sink, error) < 0)
            return -1;
        left -= (int)(sink->size - before);
    }
    return 0;
}

// Reads the output until the program has ended.
static int process_read(struct running *running, struct error *error)
{
    while (!process_has_ended(running)) {
        struct pollfd polled[3] = {[2] = {.fd = running->end, .events = POLLIN}};
        int ready;
        if (process_is_late(running))
            return error_set(error, "it took too long");
        for (int i = 0; i < 2; i++)
            polled[i] = (struct pollfd){.fd = running->sinks[i].fd, .events = POLLIN};
        ready = poll(polled, 3, process_wait_time(running));
        if (ready < 0 && running->group)
            return error_set(error, "it was interrupted");
        for (int i = 0; i < 2 && ready > 0; i++)
            if (polled[i].fd >= 0 && polled[i].revents && process_take(&running->sinks[i], error))
                return -1;
    }
    return process_drain(&running->sinks[0], error) < 0 ||
                   process_drain(&running->sinks[1], error) < 0
               ? -1
               : 0;
}

// Ends the program, or what it left of its process group. The program may take some seconds.
static void process_end(const struct running *running)
{
    pid_t whom = running->group ? -running->pid : running->pid;
    double until = clock_now() + KILL_AFTER;

    kill(whom, SIGTERM);
    while (!process_has_ended(running) && clock_now() < until)
        clock_sleep(WAIT_BLIND / 1000.0);
    if (!process_has_ended(running))
        kill(whom, SIGKILL);
}

static int process_reap(const struct running *running)
{
    int status = 0;

    while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Closes what is open, ends what should not go on, and returns the status.
static int process_finish(struct running *running, bool failed)
{
    int status;

    for (int i = 0; i < 2; i++)
        if (running->sinks[i].fd >= 0)
            close(running->sinks[i].fd);
    if (failed || running->group)
        process_end(running);
    status = process_reap(running);
    if (running->end >= 0)
        close(running->end);
    return status;
}

static void process_hand_over(struct sink *sink, char **bytes, size_t *size)
{
    *bytes = sink->bytes ? sink->bytes : calloc(1, 1);
    *size = sink->size;
    if (sink->bytes)
        sink->bytes[sink->size] = '\0';
}

static int process_go(struct process *process, struct running *running,
                      const char *const *arguments, const char *const *environment,
                      struct error *error)
{
    struct error why = {0};
    int failed;

    *process = (struct process){0};
    if (process_start(running, arguments, environment, error) < 0)
        return -1;
    failed = process_read(running, &why);
    process->status = process_finish(running, failed != 0);
    process_hand_over(&running->sinks[0], &process->output, &process->output_size);
    process_hand_over(&running->sinks[1], &process->errors, &process->errors_size);
    if (!failed && (!process->output || !process->errors))
        failed = error_set(&why, "memory is short");
    if (!failed && process->status == STATUS_NOT_FOUND && process->errors_size == 0)
        failed = error_set(&why, "it is not in PATH");
    if (!failed)
        return 0;
    process_clear(process);
    return error_set(error, "%s: %s", arguments[0], why.text);
}

int process_run(struct process *process, const char *const *arguments,
                const char *const *environment, double seconds, struct error *error)
{
    struct running running = {.deadline = seconds > 0 ? clock_now() + seconds : 0};

    return process_go(process, &running, arguments, environment, error);
}

int process_run_group(struct process *process, const char *const *arguments,
                      const char *const *environment, double seconds, struct error *error)
{
    struct running running = {.group = true, .deadline = seconds > 0 ? clock_now() + seconds : 0};

    return process_go(process, &running, arguments, environment, error);
}

void process_clear(struct process *process)
{
    free(process->output);
    free(process->errors);
    *process = (struct process){0};
}
