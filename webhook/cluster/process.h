// One program run to its end, with what it said.
#ifndef EVENKEEL_CLUSTER_PROCESS_H
#define EVENKEEL_CLUSTER_PROCESS_H

#include <stddef.h>

#include "base/error.h"

enum { PROCESS_OUTPUT_MAX = 512 * 1024 * 1024 }; // bytes, of stdout and of stderr

struct process {
    int status;   // as a shell has it: 128 and the signal where one ended it
    char *output; // of stdout, and NUL-terminated; owned
    size_t output_size;
    char *errors; // of stderr
    size_t errors_size;
};

// Runs `arguments` (NULL-terminated; the first is looked for in PATH) with `environment`'s settings
// ("NAME=value", NULL-terminated; NULL: none) beside this program's own, and with no standard
// input. After `seconds` (0: never) it is ended. 0, whatever its status; or -1 with `error` where
// it could not be run, said too much or took too long, and `process` is empty.
int process_run(struct process *process, const char *const *arguments,
                const char *const *environment, double seconds, struct error *error);

void process_clear(struct process *process);

#endif
