// TLS for the webhook: one SSL_CTX from a certificate, and the closed set of reasons for which a
// handshake fails. It opens no file and reads no clock.
#ifndef EVENKEEL_SERVER_TLS_H
#define EVENKEEL_SERVER_TLS_H

#include "certs/certs.h"

#include <openssl/ssl.h>

// Why a handshake failed: the words of logs and metrics.
#define TLS_FAILURES(X)                                                                            \
    X(TLS_TIMED_OUT, "timeout")                                                                    \
    X(TLS_CLOSED, "closed-by-peer")                                                                \
    X(TLS_NOT_TLS, "not-tls")                                                                      \
    X(TLS_VERSION, "unsupported-version")                                                          \
    X(TLS_CIPHER, "no-shared-cipher")                                                              \
    X(TLS_ALPN, "no-shared-protocol")                                                              \
    X(TLS_CLIENT_CERTIFICATE, "client-certificate")                                                \
    X(TLS_REJECTED, "rejected-by-peer")                                                            \
    X(TLS_OTHER, "other")

#define TLS_FAILURE_ENUM(id, name) id,
enum tls_failure { TLS_FAILURES(TLS_FAILURE_ENUM) TLS_FAILURES_COUNT };
#undef TLS_FAILURE_ENUM

const char *tls_failure_name(enum tls_failure failure);

// A server's context: TLS 1.2 and 1.3, ALPN http/1.1 only, no tickets, no session cache, no
// renegotiation (client-go never resumes). With `client_ca` (CERTS_FILE_BUNDLE's contents; the
// absent slice: none) every client must show a certificate that chains to it. Takes references to
// the parts of `certificate`. NULL with the reason on failure. The caller frees it with
// SSL_CTX_free().
SSL_CTX *tls_context_new(const struct certificate *certificate, struct slice client_ca,
                         struct error *error);

// Makes a handshake with itself in memory, with TLS 1.3 and 1.2, so that what OpenSSL prepares on
// first use is there before files are out of reach. The result does not matter: with a client CA it
// fails. Empties this thread's error queue.
void tls_warm_up(SSL_CTX *context);

// The reason of the failure on top of this thread's OpenSSL error queue, which it empties.
// `detail` gets OpenSSL's own words, or ""; static.
enum tls_failure tls_failure_take(const char **detail);

#endif
