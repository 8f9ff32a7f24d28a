// Files of the `certs` command. It follows no symbolic link when it writes, and never leaves half a
// key.
#include "certs/files.h"

#include "certs/certs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

struct slice files_bytes(BIO *bio)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    return (struct slice){size > 0 ? data : "", size > 0 ? (size_t)size : 0};
}

static int read_all(int fd, BIO *bio, const char *name, struct error *error)
{
    char buffer[4096];
    size_t total = 0;
    int result = -1;
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            error_set(error, "%s: %s", name, strerror(errno));
        if (got == 0)
            result = 0;
        if (got <= 0)
            break;
        total += (size_t)got;
        if (total > CERTS_PEM_MAX) {
            error_set(error, "%s: larger than %d bytes", name, CERTS_PEM_MAX);
            break;
        }
        if (BIO_write(bio, buffer, (int)got) != got) {
            error_set(error, "%s: out of memory", name);
            break;
        }
    }
    OPENSSL_cleanse(buffer, sizeof(buffer));
    return result;
}

BIO *files_read(const char *path, struct error *error)
{
    bool standard = is_standard(path);
    const char *name = standard ? "standard input" : path;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error_set(error, "%s: %s", name, strerror(errno));
        return NULL;
    }
    BIO *bio = BIO_new(BIO_s_mem());
    int result = bio ? read_all(fd, bio, name, error) : error_set(error, "out of memory");
    if (!standard)
        close(fd);
    if (result == 0)
        return bio;
    BIO_free(bio);
    return NULL;
}

// The temporary place of a file before it is moved to its own place.
static int temporary_path(const char *path, char out[PATH_MAX], struct error *error)
{
    int size = snprintf(out, PATH_MAX, "%s.%ld.tmp", path, (long)getpid());
    if (size < 0 || size >= PATH_MAX)
        return error_set(error, "%.80s...: the path is too long", path);
    return 0;
}

static int write_all(int fd, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.data, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes.data += put;
        bytes.size -= (size_t)put;
    }
    return 0;
}

static int stage(const struct file *file, struct error *error)
{
    char path[PATH_MAX];
    if (temporary_path(file->path, path, error) != 0)
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file->mode);
    if (fd < 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    int result = write_all(fd, file->bytes) == 0 && fsync(fd) == 0 ? 0 : -1;
    int code = errno;
    if (close(fd) != 0 && result == 0) {
        code = errno;
        result = -1;
    }
    if (result == 0)
        return 0;
    unlink(path);
    return error_set(error, "%s: %s", file->path, strerror(code));
}

// link(2), unlike rename(2), never replaces.
static int publish(const struct file *file, bool force, struct error *error)
{
    char path[PATH_MAX];
    if (temporary_path(file->path, path, error) != 0)
        return -1;
    if (force ? rename(path, file->path) == 0 : link(path, file->path) == 0)
        return 0;
    if (errno == EEXIST)
        return error_set(error, "%s: it exists already; --force replaces it", file->path);
    return error_set(error, "%s: %s", file->path, strerror(errno));
}

static void discard(const struct file *file)
{
    char path[PATH_MAX];
    if (temporary_path(file->path, path, NULL) == 0)
        unlink(path);
}

static int write_standard(const struct file *file, struct error *error)
{
    if (fwrite(file->bytes.data, 1, file->bytes.size, stdout) == file->bytes.size)
        return 0;
    return error_set(error, "standard output: %s", strerror(errno));
}

static int refuse_one_path(const struct file *files, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (!is_standard(files[i].path) && strcmp(files[i].path, files[j].path) == 0)
                return error_set(error, "%s: two outputs cannot be one file", files[i].path);
    return 0;
}

int files_write(const struct file *files, size_t count, bool force, struct error *error)
{
    size_t staged = 0, published = 0;
    int result = refuse_one_path(files, count, error);
    for (; result == 0 && staged < count; staged += result == 0)
        result = is_standard(files[staged].path) ? 0 : stage(&files[staged], error);
    for (; result == 0 && published < count; published += result == 0)
        result = is_standard(files[published].path) ? 0 : publish(&files[published], force, error);
    for (size_t i = 0; i < staged; i++)
        if (!is_standard(files[i].path))
            discard(&files[i]);
    for (size_t i = 0; result != 0 && !force && i < published; i++)
        if (!is_standard(files[i].path))
            unlink(files[i].path);
    for (size_t i = 0; result == 0 && i < count; i++)
        if (is_standard(files[i].path))
            result = write_standard(&files[i], error);
    return result;
}
