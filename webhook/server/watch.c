// Reading files that may be swapped at any time. See watch.h.
#include "server/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

static int read_whole(int descriptor, char *bytes, size_t room, size_t *size)
{
    *size = 0;
    while (*size < room) {
        ssize_t count = read(descriptor, bytes + *size, room - *size);
        if (count == 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
        *size += count > 0 ? (size_t)count : 0;
    }
    return EFBIG;
}

// O_NONBLOCK: a pipe instead of the file must not block the control thread.
static int read_path(const char *path, char *bytes, size_t room, size_t *size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return errno;
    int failure = read_whole(descriptor, bytes, room, size);
    close(descriptor);
    return failure;
}

static void watch_forget(struct watch *watch)
{
    if (watch->bytes.data)
        OPENSSL_cleanse((char *)watch->bytes.data, watch->bytes.size);
    free((char *)watch->bytes.data);
    watch->bytes = (struct slice){0};
}

void watch_clear(struct watch *watch)
{
    watch_forget(watch);
}

int watch_look(struct watch *watch, struct error *error)
{
    size_t room = watch->size_max + 1; // a file of exactly the maximum is still seen to end
    size_t size = 0;
    char *bytes = malloc(room);
    if (!bytes)
        return error_set(error, "%s: out of memory", watch->path);
    int failure = read_path(watch->path, bytes, room, &size);
    struct slice now = {bytes, size};
    bool same =
        watch->looked && failure == watch->failure && (failure || slice_equal(now, watch->bytes));
    if (failure || same) {
        OPENSSL_cleanse(bytes, size);
        free(bytes);
    }
    if (same)
        return 0;
    watch_forget(watch);
    if (!failure)
        watch->bytes = now;
    watch->failure = failure;
    watch->looked = true;
    return 1;
}

int watch_check(const struct watch *watch, struct error *error)
{
    if (watch->failure == EFBIG)
        return error_set(error, "%s: more than %zu bytes", watch->path, watch->size_max);
    if (watch->failure)
        return error_set(error, "%s: %s", watch->path, strerror(watch->failure));
    return 0;
}
