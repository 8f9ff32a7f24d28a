// Privileges, core dumps and files (Landlock). See sandbox.h. Landlock has no functions in glibc,
// and Debian's header lacks what newer kernels have, so the numbers of linux/landlock.h are here.
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINKS_MAX = 8 };

// struct landlock_ruleset_attr of ABI 6. A kernel that knows less takes it as long as what it does
// not know is zero.
struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

// The rights that each ABI added: all of them are taken away. Files: read, write, execute, create,
// remove; 2: move between folders; 3: truncate; 5: ioctl of devices. 4: bind and connect of TCP.
// 6: abstract Unix sockets and signals.
static const struct ruleset added[] = {
    [1] = {.files = (1ULL << 13) - 1}, [2] = {.files = 1ULL << 13},
    [3] = {.files = 1ULL << 14},       [4] = {.network = (1ULL << 2) - 1},
    [5] = {.files = 1ULL << 15},       [6] = {.scoped = (1ULL << 2) - 1},
};

enum { ABI_KNOWN = sizeof(added) / sizeof(added[0]) - 1 };

static void note_missing(struct sandbox *sandbox, const char *what, int failure)
{
    size_t used = strlen(sandbox->missing);
    snprintf(sandbox->missing + used, SANDBOX_MISSING_MAX - used, "%s%s: %s", used ? "; " : "",
             what, strerror(failure));
}

static int allow_beneath(int ruleset, const char *folder, uint64_t rights)
{
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = rights,
        .parent_fd = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY),
    };
    if (beneath.parent_fd < 0)
        return -1;
    long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    int failure = errno;
    close(beneath.parent_fd);
    errno = failure;
    return (int)result;
}

// The path's folder with the slash at its end, so that the folder of "/x" is "/".
static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(folder, PATH_MAX, "%.*s", (int)(slash + 1 - path), path);
    else
        snprintf(folder, PATH_MAX, "./");
}

// The target of the symlink `path`, relative to the same place as `path`. False: it is not a
// symlink.
static bool follow(char path[PATH_MAX])
{
    char target[PATH_MAX], folder[PATH_MAX];
    ssize_t size = readlink(path, target, sizeof(target) - 1);
    if (size <= 0)
        return false;
    target[size] = '\0';
    folder_of(path, folder);
    int length = target[0] == '/' ? snprintf(path, PATH_MAX, "%s", target)
                                  : snprintf(path, PATH_MAX, "%s%s", folder, target);
    return length < PATH_MAX;
}

// A Secret's tls.crt leads to ..data/tls.crt, and ..data to another folder at each change, all
// beneath the first. Elsewhere, as with certbot, a link leads out of its folder and stays.
static int allow_reading(int ruleset, const char *file)
{
    char path[PATH_MAX], folder[PATH_MAX];
    snprintf(path, sizeof(path), "%s", file);
    for (int links = 0; links < LINKS_MAX; links++) {
        folder_of(path, folder);
        if (allow_beneath(ruleset, folder, LANDLOCK_ACCESS_FS_READ_FILE) < 0)
            return -1;
        if (!follow(path))
            break;
    }
    return 0;
}

static int allow(int ruleset, const struct sandbox_plan *plan)
{
    char folder[PATH_MAX];
    for (const char *const *file = plan->readable; *file; file++)
        if (allow_reading(ruleset, *file) < 0)
            return -1;
    if (!plan->removable)
        return 0;
    folder_of(plan->removable, folder);
    return allow_beneath(ruleset, folder, LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

// The ABI in force, or -1 with errno.
static int enter_landlock(const struct sandbox_plan *plan)
{
    struct ruleset rights = {0};
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi <= 0)
        return -1;
    if (abi > ABI_KNOWN)
        abi = ABI_KNOWN;
    for (long i = 1; i <= abi; i++) {
        rights.files |= added[i].files;
        rights.network |= added[i].network;
        rights.scoped |= added[i].scoped;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights), 0);
    if (ruleset < 0)
        return -1;
    int result = allow(ruleset, plan);
    if (result == 0)
        result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int failure = errno;
    close(ruleset);
    errno = failure;
    return result < 0 ? -1 : (int)abi;
}

// Keys are in memory: no core files, and no reading of it by other processes of the same user.
static bool end_core_dumps(void)
{
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

void sandbox_enter(const struct sandbox_plan *plan, struct sandbox *sandbox)
{
    *sandbox = (struct sandbox){0};
    sandbox->no_core_dumps = end_core_dumps();
    if (!sandbox->no_core_dumps)
        note_missing(sandbox, "core dumps", errno);
    sandbox->no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!sandbox->no_new_privileges)
        note_missing(sandbox, "no new privileges", errno);
    int abi = enter_landlock(plan);
    if (abi < 0)
        note_missing(sandbox, "Landlock", errno);
    sandbox->landlock = abi < 0 ? 0 : abi;
    int failure = sandbox_calls(plan->removable != NULL);
    if (failure)
        note_missing(sandbox, "seccomp", failure);
    sandbox->seccomp = failure == 0;
}
