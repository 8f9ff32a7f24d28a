// Temporary file, fsync, rename.
#include "preview/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int descriptor, struct slice text)
{
    while (text.size > 0) {
        ssize_t done = write(descriptor, text.data, text.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        text.data += done;
        text.size -= (size_t)done;
    }
    return 0;
}

// The owner is kept where that is allowed.
static int fill(int descriptor, struct slice text, const struct stat *status)
{
    if (fchown(descriptor, status->st_uid, status->st_gid) && errno != EPERM)
        return -1;
    if (fchmod(descriptor, status->st_mode & 07777) || write_all(descriptor, text))
        return -1;
    return fsync(descriptor);
}

static int replace_real(const char *name, struct slice text, struct error *error)
{
    char *beside = NULL;
    struct stat status;
    int descriptor = -1;
    int result = -1;

    // rename() checks only the folder. A user who may not write the file must not change it either.
    if (stat(name, &status) || faccessat(AT_FDCWD, name, W_OK, AT_EACCESS))
        return error_set(error, "%s: %s", name, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%s: it is not a regular file", name);
    if (asprintf(&beside, "%s.evenkeel-XXXXXX", name) < 0)
        return error_set(error, "memory is short");
    descriptor = mkostemp(beside, O_CLOEXEC);
    if (descriptor < 0) {
        error_set(error, "%s: %s", beside, strerror(errno));
        goto done;
    }
    result = fill(descriptor, text, &status);
    if (close(descriptor) || result || rename(beside, name)) {
        result = error_set(error, "%s: %s", name, strerror(errno));
        unlink(beside);
    }
done:
    free(beside);
    return result;
}

int replace_file(const char *name, struct slice text, struct error *error)
{
    char *real = realpath(name, NULL);
    int result;

    if (!real)
        return error_set(error, "%s: %s", name, strerror(errno));
    result = replace_real(real, text, error);
    free(real);
    return result;
}
