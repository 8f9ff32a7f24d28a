// Reads from kustomizations only which files they name as patches. kustomize itself builds them.
#include "preview/kustomize.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "manifest/split.h"
#include "json/value.h"

enum { PATH_SIZE_MAX = 4096, PATCH_MEMORY_MAX = 16 * 1024 * 1024 };

struct patch_file {
    dev_t device;
    ino_t inode;
};

static int add(struct patches *patches, const struct stat *status, struct error *error)
{
    if (patches->count == patches->capacity) {
        size_t capacity = patches->capacity ? patches->capacity * 2 : 16;
        struct patch_file *items = realloc(patches->items, capacity * sizeof(items[0]));
        if (!items)
            return error_set(error, "memory is short");
        patches->items = items;
        patches->capacity = capacity;
    }
    patches->items[patches->count++] = (struct patch_file){status->st_dev, status->st_ino};
    return 0;
}

// A path in the kustomization `name` counts from its folder. What is no file there is a patch that
// is written out.
static int learn_path(struct patches *patches, const char *name, struct slice path,
                      struct error *error)
{
    const char *slash = strrchr(name, '/');
    char full[PATH_SIZE_MAX];
    struct stat status;
    int size;

    if (path.size == 0 || memchr(path.data, '\n', path.size) || memchr(path.data, '\0', path.size))
        return 0;
    size = snprintf(full, sizeof(full), "%.*s%.*s",
                    path.data[0] == '/' || !slash ? 0 : (int)(slash + 1 - name), name,
                    (int)path.size, path.data);
    if (size < 0 || size >= PATH_SIZE_MAX || stat(full, &status) || !S_ISREG(status.st_mode))
        return 0;
    return add(patches, &status, error);
}

static int learn_list(struct patches *patches, const char *name, struct value list,
                      struct arena *arena, struct error *error)
{
    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        struct value path = value_type(item) == TAPE_STRING ? item : value_get(item, "path");
        if (learn_path(patches, name, value_string(path, arena), error))
            return -1;
    }
    return 0;
}

static int learn_object(struct patches *patches, const char *name, const struct object *object,
                        struct arena *arena, struct error *error)
{
    static const char *const lists[] = {"patches", "patchesStrategicMerge", "patchesJson6902"};
    struct tape tape = {0};
    int result = tape_parse(&tape, object->json, TAPE_FULL, error);

    for (size_t i = 0; result == 0 && i < sizeof(lists) / sizeof(lists[0]); i++)
        result = learn_list(patches, name, value_get(value_root(&tape), lists[i]), arena, error);
    tape_clear(&tape);
    return result;
}

// kustomization.yaml, kustomization.yml or Kustomization
// (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/).
bool kustomization_is(const char *name)
{
    const char *slash = strrchr(name, '/');

    name = slash ? slash + 1 : name;
    return !strcmp(name, "kustomization.yaml") || !strcmp(name, "kustomization.yml") ||
           !strcmp(name, "Kustomization");
}

int patches_learn(struct patches *patches, const char *name, struct slice file, struct error *error)
{
    struct arena *arena;
    struct splitter *splitter;
    struct object object;
    struct error ignored = {0};
    int result = 0;

    if (!kustomization_is(name))
        return 0;
    arena = arena_new(PATCH_MEMORY_MAX);
    splitter = splitter_new(file);
    if (!arena || !splitter)
        result = error_set(error, "memory is short");
    while (result == 0 && splitter_next(splitter, &object, &ignored) == 1)
        result = learn_object(patches, name, &object, arena, error);
    splitter_free(splitter);
    arena_free(arena);
    return result;
}

bool patches_have(const struct patches *patches, const char *name)
{
    struct stat status;

    if (patches->count == 0 || stat(name, &status))
        return false;
    for (size_t i = 0; i < patches->count; i++) {
        if (patches->items[i].device == status.st_dev && patches->items[i].inode == status.st_ino)
            return true;
    }
    return false;
}

void patches_clear(struct patches *patches)
{
    free(patches->items);
    *patches = (struct patches){0};
}

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
