// Runs one program to its end, and keeps its output.
#ifndef EVENKEEL_CLUSTER_PROCESS_H
#define EVENKEEL_CLUSTER_PROCESS_H

#include <stddef.h>

#include "base/error.h"

enum { PROCESS_OUTPUT_MAX = 512 * 1024 * 1024 }; // bytes, of stdout and of stderr each

struct process {
    int status;   // as in a shell: 128 plus the signal if a signal ended it
    char *output; // of stdout, NUL-terminated; owned
    size_t output_size;
    char *errors; // of stderr, NUL-terminated; owned
    size_t errors_size;
};

// Runs `arguments` (NULL-terminated), and looks for the first one in PATH. The program gets this
// program's environment and `environment` ("NAME=value", NULL-terminated; NULL: nothing more), and
// no standard input. It gets SIGTERM after `seconds` (0: never), and SIGKILL 5 s later. Returns 0
// with any exit status, as soon as the program has ended, also if something that it started goes
// on. Returns -1 with `error` if it could not be run, its output was too large or it took too long;
// then `process` is empty. Call process_clear() after success.
int process_run(struct process *process, const char *const *arguments,
                const char *const *environment, double seconds, struct error *error);

// The same for a program that may start others and leave them running. It gets a process group of
// its own, so Ctrl-C does not reach it. What is left of the group gets SIGTERM when the program has
// ended. It also ends, as if it took too long, when a signal is handled here meanwhile.
int process_run_group(struct process *process, const char *const *arguments,
                      const char *const *environment, double seconds, struct error *error);

void process_clear(struct process *process);

#endif
