// Runs kustomize itself, as somebody at a shell would.
#include "preview/kustomize.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// Starts a program whose output goes into `*out`. 0, or an error number.
static int start(const char *const argv[], pid_t *pid, int *out)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    int error;

    if (pipe2(ends, O_CLOEXEC))
        return errno;
    error = posix_spawn_file_actions_init(&actions);
    if (!error) {
        error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        if (!error)
            error = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (error)
        close(ends[0]);
    else
        *out = ends[0];
    return error;
}

static int finish(const char *program, pid_t pid, struct error *error)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return error_set(error, "%s: %s", program, strerror(errno));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return error_set(error, "%s could not build it", program);
}

int kustomize_build(const char *folder, struct slice *bytes, struct error *error)
{
    const char *const kubectl[] = {"kubectl", "kustomize", folder, NULL};
    const char *const kustomize[] = {"kustomize", "build", folder, NULL};
    const char *const *argv = kubectl;
    struct slice output = {0};
    pid_t pid = -1;
    int out = -1;
    int failed = start(argv, &pid, &out);
    int result;

    if (failed == ENOENT)
        failed = start(argv = kustomize, &pid, &out);
    if (failed)
        return error_set(error, "neither kubectl nor kustomize can be run: %s", strerror(failed));
    result = input_read_all(out, &output, error);
    close(out);
    if (finish(argv[0], pid, error))
        result = -1;
    if (result)
        free((char *)output.data);
    else
        *bytes = output;
    return result;
}
