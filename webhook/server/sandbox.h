// What the process gives up after everything is loaded and before it creates threads: new
// privileges, files, programs, connections, core dumps. Threads inherit it, and nothing takes it
// back.
#ifndef EVENKEEL_SERVER_SANDBOX_H
#define EVENKEEL_SERVER_SANDBOX_H

#include <stdbool.h>

enum { SANDBOX_FILES_MAX = 8, SANDBOX_MISSING_MAX = 256 };

struct sandbox_plan {
    // Files that are read again, with the names with which they are opened, ending with NULL. From
    // then on, everything below their folders can be read, so that swapped files and symlinks are
    // found, and everything below the folders that their own symlinks lead to.
    const char *readable[SANDBOX_FILES_MAX + 1];
    const char *removable; // a file to be removed at the end, by unlink() or remove(); NULL: none
};

// What is in force.
struct sandbox {
    bool no_new_privileges; // prctl(2), PR_SET_NO_NEW_PRIVS
    bool no_core_dumps;     // RLIMIT_CORE 0, and not dumpable: not to be read by others of its user
    int landlock;           // the ABI in force, from 1; 0: none. landlock(7)
    bool seccomp;           // seccomp(2), sandbox_calls.c
    char missing[SANDBOX_MISSING_MAX]; // what is not, and why; "" when all is
};

// Enters it with what the kernel has. `sandbox` says what that is. It cannot fail as a whole,
// because an old kernel is no reason to leave a cluster without its webhook.
void sandbox_enter(const struct sandbox_plan *plan, struct sandbox *sandbox);

// Only the list of system calls, a part of sandbox_enter(). A call that is not on it fails with
// EPERM. execve, ptrace and similar calls end the process. 0, or the errno.
int sandbox_calls(bool unlink_allowed);

#endif
