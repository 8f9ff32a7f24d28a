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
// no standard input. It gets SIGTERM after `seconds` (0: never). Returns 0 with any exit status.
// Returns -1 with `error` if it could not be run, its output was too large or it took too long;
// then `process` is empty. Call process_clear() after success.
int process_run(struct process *process, const char *const *arguments,
                const char *const *environment, double seconds, struct error *error);

void process_clear(struct process *process);

#endif
