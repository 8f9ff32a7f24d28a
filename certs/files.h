// Files of the `certs` command: read whole with a ceiling, written whole or not at all.
#ifndef EVENKEEL_CERTS_FILES_H
#define EVENKEEL_CERTS_FILES_H

#include "base/error.h"
#include "base/text.h"

#include <openssl/bio.h>
#include <sys/types.h>

// The bytes of `path` ("-": standard input), at most CERTS_PEM_MAX, as a memory BIO that BIO_free()
// wipes. NULL with "PATH: reason" in `error`.
BIO *files_read(const char *path, struct error *error);

// What a memory BIO holds; borrowed from it.
struct slice files_bytes(BIO *bio);

struct file {
    const char *path; // "-" writes to standard output
    struct slice bytes;
    mode_t mode; // less the umask
};

// Writes a few files: each is first written beside its place, and all are put in place only when
// that went well, so that a reader sees a whole file or none. A file that exists is refused unless
// `force`, when it is replaced (its mode too). 0, or -1 with "PATH: reason" and every new file
// taken away again.
int files_write(const struct file *files, size_t count, bool force, struct error *error);

#endif
