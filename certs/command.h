// Functions that the subcommands of `evenkeel certs` share.
#ifndef EVENKEEL_CERTS_COMMAND_H
#define EVENKEEL_CERTS_COMMAND_H

#include "certs/options.h"

enum { STATUS_SAME = 0, STATUS_FINDINGS = 1, STATUS_TROUBLE = 2, SPAN_SIZE = 32 };

extern const struct subcommand command_ca, command_leaf, command_show, command_verify,
    command_manifests;

// Prints `evenkeel: text` on stderr. Returns STATUS_TROUBLE.
int command_trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Reads a certificate with its chain, and with its key unless `key` is NULL. NULL with "FILE:
// reason". The caller frees it.
struct certificate *command_read_pair(const char *cert, const char *key, struct error *error);

// Reads a caBundle: PEM, or base64 of it as a webhook configuration shows it. NULL with "FILE:
// reason". The caller frees it with bundle_free().
STACK_OF(X509) *command_read_bundle(const char *path, struct error *error);

// Writes a span of time such as "364 days", "5 hours" or "10 minutes".
void command_span(int64_t seconds, char out[SPAN_SIZE]);

#endif
