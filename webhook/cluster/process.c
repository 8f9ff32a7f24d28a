// Runs a program with fork(), exec() and two pipes. It knows nothing about the program.
#include "cluster/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/clock.h"

enum { STATUS_NOT_FOUND = 127, READ_SIZE = 64 * 1024 };

struct sink {
    int fd;
    char *bytes;
    size_t size, capacity;
};

struct running {
    pid_t pid;
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
    running->pid = fork();
    if (running->pid == 0)
        process_become(arguments, environment, outputs);
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

static int process_wait_time(const struct running *running)
{
    double left = running->deadline - clock_now();

    if (running->deadline <= 0)
        return -1;
    return left <= 0 ? 0 : (int)(left * 1000) + 1;
}

static int process_read(struct running *running, struct error *error)
{
    while (running->sinks[0].fd >= 0 || running->sinks[1].fd >= 0) {
        struct pollfd polled[2];
        int ready;
        for (int i = 0; i < 2; i++)
            polled[i] = (struct pollfd){.fd = running->sinks[i].fd, .events = POLLIN};
        ready = poll(polled, 2, process_wait_time(running));
        if (ready == 0)
            return error_set(error, "it took too long");
        for (int i = 0; i < 2 && ready > 0; i++)
            if (polled[i].fd >= 0 && polled[i].revents && process_take(&running->sinks[i], error))
                return -1;
    }
    return 0;
}

static int process_reap(const struct running *running)
{
    int status = 0;

    while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void process_hand_over(struct sink *sink, char **bytes, size_t *size)
{
    *bytes = sink->bytes ? sink->bytes : calloc(1, 1);
    *size = sink->size;
    if (sink->bytes)
        sink->bytes[sink->size] = '\0';
}

int process_run(struct process *process, const char *const *arguments,
                const char *const *environment, double seconds, struct error *error)
{
    struct running running = {.deadline = seconds > 0 ? clock_now() + seconds : 0};
    struct error why = {0};
    int failed;

    *process = (struct process){0};
    if (process_start(&running, arguments, environment, error) < 0)
        return -1;
    failed = process_read(&running, &why);
    if (failed)
        kill(running.pid, SIGTERM);
    for (int i = 0; i < 2; i++)
        if (running.sinks[i].fd >= 0)
            close(running.sinks[i].fd);
    process->status = process_reap(&running);
    process_hand_over(&running.sinks[0], &process->output, &process->output_size);
    process_hand_over(&running.sinks[1], &process->errors, &process->errors_size);
    if (!failed && (!process->output || !process->errors))
        failed = error_set(&why, "memory is short");
    if (!failed && process->status == STATUS_NOT_FOUND && process->errors_size == 0)
        failed = error_set(&why, "it is not in PATH");
    if (!failed)
        return 0;
    process_clear(process);
    return error_set(error, "%s: %s", arguments[0], why.text);
}

void process_clear(struct process *process)
{
    free(process->output);
    free(process->errors);
    *process = (struct process){0};
}
