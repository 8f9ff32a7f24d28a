// The certificate that the webhook serves: from two files, or made here from a CA, mounted or made
// here too.
#ifndef EVENKEEL_SERVER_IDENTITY_H
#define EVENKEEL_SERVER_IDENTITY_H

#include "server/options.h"
#include "server/tls.h"

struct identity;

// By --cert and --key, --ca, or --self-signed, with --client-ca. Nothing is read yet. `options` is
// borrowed. NULL when memory is short.
struct identity *identity_new(const struct options *options, struct error *error);
void identity_free(struct identity *identity); // NULL is fine

// Looks at the files and at the clock. 1: `tls` got a new context, the caller's, and `not_after`
// the end of its certificate; 0: nothing has changed since the last call, good or bad; -1:
// something has, and cannot be used, for the reason in `error`.
int identity_refresh(struct identity *identity, time_t now, SSL_CTX **tls, time_t *not_after,
                     struct error *error);

enum { IDENTITY_FILES_MAX = 3 };

// The files that are looked at; borrowed. Returns their number, at most IDENTITY_FILES_MAX.
unsigned identity_files(const struct identity *identity, const char *files[]);

// With --self-signed: the CA in PEM, to be read with BIO_get_mem_data() and freed by the caller;
// else NULL.
BIO *identity_ca(const struct identity *identity, struct error *error);

#endif
