// Files of the `certs` command. It reads whole files up to a maximum size, and writes a file whole
// or not at all.
#ifndef EVENKEEL_CERTS_FILES_H
#define EVENKEEL_CERTS_FILES_H

#include "base/error.h"
#include "base/text.h"

#include <openssl/bio.h>
#include <sys/types.h>

// Returns the bytes of `path` ("-": standard input), at most CERTS_PEM_MAX, as a memory BIO that
// BIO_free() wipes. NULL with "PATH: reason" in `error`.
BIO *files_read(const char *path, struct error *error);

// Returns the bytes in a memory BIO, borrowed from it.
struct slice files_bytes(BIO *bio);

struct file {
    const char *path; // "-" writes to standard output
    struct slice bytes;
    mode_t mode; // minus the umask
};

// Writes a few files. Each is first written beside its place. When all are written, they are moved
// to their places, so a reader sees a whole file or none. If a file exists, it is refused; with
// `force` it is replaced, with its mode. Returns 0, or -1 with "PATH: reason", and then every new
// file is removed.
int files_write(const struct file *files, size_t count, bool force, struct error *error);

#endif
