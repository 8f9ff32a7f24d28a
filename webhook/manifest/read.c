// Reads files, folders and stdin into memory, within limits. It does not look at their contents.
#include "manifest/read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int list_push(struct inputs *inputs, char *name, struct error *error)
{
    if (inputs->count >= INPUT_FILES_MAX)
        return error_set(error, "more than %d files", INPUT_FILES_MAX);
    if (inputs->count == inputs->capacity) {
        size_t capacity = inputs->capacity ? inputs->capacity * 2 : 64;
        char **names = realloc(inputs->names, capacity * sizeof(names[0]));
        if (!names)
            return error_set(error, "memory is short");
        inputs->names = names;
        inputs->capacity = capacity;
    }
    inputs->names[inputs->count++] = name;
    return 0;
}

int inputs_add_name(struct inputs *inputs, const char *name, struct error *error)
{
    char *copy = strdup(name);

    if (!copy)
        return error_set(error, "memory is short");
    if (list_push(inputs, copy, error)) {
        free(copy);
        return -1;
    }
    return 0;
}

static void list_cut(struct inputs *inputs, size_t count)
{
    while (inputs->count > count)
        free(inputs->names[--inputs->count]);
}

void inputs_clear(struct inputs *inputs)
{
    list_cut(inputs, 0);
    free(inputs->names);
    *inputs = (struct inputs){0};
}

static bool is_manifest_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml") || !strcmp(dot, ".json"));
}

static int names_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// All entries of the folder, with the folder's path before each, sorted.
static int folder_list(const char *folder, struct inputs *entries, struct error *error)
{
    size_t size = strlen(folder);
    const char *slash = size > 0 && folder[size - 1] == '/' ? "" : "/";
    DIR *stream = opendir(folder);
    int result = 0;

    if (!stream)
        return error_set(error, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry; result == 0 && (entry = readdir(stream));) {
        char *name;
        if (!strcmp(entry->d_name, ".") || !strncmp(entry->d_name, "..", 2))
            continue;
        if (asprintf(&name, "%s%s%s", folder, slash, entry->d_name) < 0) {
            result = error_set(error, "memory is short");
        } else if (list_push(entries, name, error)) {
            free(name);
            result = -1;
        }
    }
    closedir(stream);
    if (result == 0 && entries->count > 0)
        qsort(entries->names, entries->count, sizeof(entries->names[0]), names_compare);
    return result;
}

int excludes_add(struct excludes *excludes, const char *glob, struct error *error)
{
    const char **globs = realloc(excludes->globs, (excludes->count + 1) * sizeof(globs[0]));

    if (!globs)
        return error_set(error, "memory is short");
    globs[excludes->count++] = glob;
    excludes->globs = globs;
    return 0;
}

void excludes_clear(struct excludes *excludes)
{
    free(excludes->globs);
    *excludes = (struct excludes){0};
}

// `below`: the path after the named folder.
static bool is_excluded(const struct excludes *excludes, const char *below)
{
    const char *slash = strrchr(below, '/');
    const char *name = slash ? slash + 1 : below;

    for (size_t i = 0; i < excludes->count; i++) {
        struct slice glob = slice_of(excludes->globs[i]);
        if (glob.size > 1 && glob.data[glob.size - 1] == '/')
            glob.size--;
        if (slice_glob(slice_of(name), glob) || slice_glob(slice_of(below), glob))
            return true;
    }
    return false;
}

// A folder that was named, and the entries to skip in it.
struct search {
    struct inputs *inputs;
    const struct excludes *excludes;
    size_t root; // bytes of the name and its slash
};

static int folder_add(const struct search *search, const char *folder, unsigned depth,
                      struct error *error)
{
    struct inputs entries = {0};
    struct stat self;
    struct stat behind;
    int result = 0;

    if (depth >= INPUT_FOLDERS_MAX)
        return error_set(error, "%s: more than %d folders deep", folder, INPUT_FOLDERS_MAX);
    result = folder_list(folder, &entries, error);
    for (size_t i = 0; result == 0 && i < entries.count; i++) {
        const char *name = entries.names[i];
        if (is_excluded(search->excludes, name + search->root) || lstat(name, &self))
            continue; // or it was deleted meanwhile
        if (S_ISDIR(self.st_mode))
            result = folder_add(search, name, depth + 1, error);
        else if (is_manifest_name(name) && stat(name, &behind) == 0 && S_ISREG(behind.st_mode))
            result = inputs_add_name(search->inputs, name, error);
    }
    inputs_clear(&entries);
    return result;
}

int inputs_add(struct inputs *inputs, const char *path, struct error *error)
{
    return inputs_add_but(inputs, path, &(struct excludes){0}, error);
}

int inputs_add_but(struct inputs *inputs, const char *path, const struct excludes *excludes,
                   struct error *error)
{
    struct search search = {inputs, excludes, strlen(path)};
    size_t before = inputs->count;
    struct stat status;
    int result;

    if (!strcmp(path, "-"))
        return inputs_add_name(inputs, path, error);
    if (stat(path, &status))
        return error_set(error, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return inputs_add_name(inputs, path, error);
    search.root += search.root > 0 && path[search.root - 1] == '/' ? 0 : 1;
    result = folder_add(&search, path, 0, error);
    if (result)
        list_cut(inputs, before);
    return result;
}

static int read_all(int descriptor, size_t guess, struct slice *bytes, struct error *error)
{
    size_t capacity = guess + 1;
    size_t size = 0;
    char *data = malloc(capacity);
    char *grown;

    while (data) {
        ssize_t got = read(descriptor, data + size, capacity - size);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(data);
            return error_set(error, "%s", strerror(errno));
        }
        size += (size_t)got;
        if (size > INPUT_SIZE_MAX) {
            free(data);
            return error_set(error, "larger than %d MiB", INPUT_SIZE_MAX / 1024 / 1024);
        }
        if (size < capacity)
            continue;
        capacity = capacity * 2;
        grown = realloc(data, capacity);
        if (!grown)
            free(data);
        data = grown;
    }
    if (!data)
        return error_set(error, "memory is short");
    grown = realloc(data, size ? size : 1);
    *bytes = (struct slice){grown ? grown : data, size};
    return 0;
}

int input_read_all(int descriptor, struct slice *bytes, struct error *error)
{
    return read_all(descriptor, 64 * 1024, bytes, error);
}

int input_read(const char *name, struct slice *bytes, struct error *error)
{
    bool is_stdin = !strcmp(name, "-");
    int descriptor = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    struct stat status = {0};
    size_t guess = 64 * 1024;
    int result = -1;

    if (descriptor < 0 || fstat(descriptor, &status))
        error_set(error, "%s", strerror(errno));
    else if (S_ISDIR(status.st_mode))
        error_set(error, "it is a folder");
    else if (S_ISREG(status.st_mode) && status.st_size > INPUT_SIZE_MAX)
        error_set(error, "larger than %d MiB", INPUT_SIZE_MAX / 1024 / 1024);
    else {
        if (S_ISREG(status.st_mode))
            guess = (size_t)status.st_size;
        result = read_all(descriptor, guess, bytes, error);
    }
    if (descriptor >= 0 && !is_stdin)
        close(descriptor);
    return result;
}
