// Writes times, names and OpenSSL's errors for people. The library and its command share it.
#ifndef EVENKEEL_CERTS_FORM_H
#define EVENKEEL_CERTS_FORM_H

#include "base/error.h"

#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <time.h>

enum { FORM_TIME_SIZE = 32, FORM_SUBJECT_SIZE = 160 };

// Writes `when` as RFC 3339 in UTC, such as 2026-01-31T09:00:00Z. "?" when it is out of range.
void form_time(time_t when, char out[FORM_TIME_SIZE]);

// Writes a subject or an issuer on one line, such as "CN=evenkeel CA 1f0c", cut to fit. "?" when it
// cannot be written.
void form_subject(const X509_NAME *name, char out[FORM_SUBJECT_SIZE]);

// Adds "DNS:a.example, IP:10.0.0.1" for the names. An address with a mask becomes IP:10.0.0.0/8.
// Returns 0, or -1 when memory is short.
int form_names(BIO *out, const GENERAL_NAMES *names);

// The same for one name.
int form_name(BIO *out, const GENERAL_NAME *name);

// Records `what` with OpenSSL's last reason and empties OpenSSL's queue. Returns -1.
int form_failure(struct error *error, const char *what);

#endif
