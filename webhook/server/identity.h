// The certificate that the webhook serves: from two files, or made here from a CA, mounted or made
// here too.
#ifndef EVENKEEL_SERVER_IDENTITY_H
#define EVENKEEL_SERVER_IDENTITY_H

#include "server/options.h"
#include "server/tls.h"

struct identity;

// Made from --cert and --key, --ca, or --self-signed, with --client-ca. It reads nothing yet.
// `options` is borrowed. NULL if memory is short.
struct identity *identity_new(const struct options *options, struct error *error);
void identity_free(struct identity *identity); // NULL is fine

enum {
    // Users are warned in the last part of a certificate's life: a twelfth, at most 30 days. If it
    // is renewed as usual, at two thirds of its life or a month before its end, nobody is warned.
    IDENTITY_NOTICE_PART = 12,
    IDENTITY_NOTICE_DAYS_MAX = 30,
};

struct identity_end {
    time_t not_after;    // the serving certificate's
    time_t ca_not_after; // with --ca: the CA's, which no serving certificate outlives; else 0
    time_t notice_from;  // from when on users should hear of the end that comes first
    bool notice_ca;      // that end is the CA's
};

// Looks at the files and at the clock. 1: `tls` got a new context, which belongs to the caller, and
// `end` says when its certificate ends. 0: nothing has changed since the last call, good or bad.
// -1: something has changed and cannot be used, with the reason in `error`.
int identity_refresh(struct identity *identity, time_t now, SSL_CTX **tls, struct identity_end *end,
                     struct error *error);

enum { IDENTITY_FILES_MAX = 3 };

// The files that are looked at; borrowed. Returns their number, at most IDENTITY_FILES_MAX.
unsigned identity_files(const struct identity *identity, const char *files[]);

// With --self-signed: the CA in PEM, to be read with BIO_get_mem_data() and freed by the caller;
// else NULL.
BIO *identity_ca(const struct identity *identity, struct error *error);

#endif
