// The webhook's certificates: makes a CA and serving certificates, reads and writes PEM, and judges
// whether a serving certificate chains to a caBundle as the apiserver (Go's crypto/x509) would.
// Bytes in, bytes out: it opens no file and reads no clock. Rules of the fields: RFC 5280. Calls
// may run in several threads at once on different objects; every call leaves OpenSSL's error queue
// empty.
#ifndef EVENKEEL_CERTS_CERTS_H
#define EVENKEEL_CERTS_CERTS_H

#include "base/error.h"
#include "base/text.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

enum {
    CERTS_PEM_MAX = 1024 * 1024, // bytes of one PEM text: the size limit of a Secret
    CERTS_BUNDLE_MAX = 64,       // certificates of one PEM text
    CERTS_NAMES_MAX = 32,        // names of one certificate
    CERTS_SKEW_SECONDS = 3600,   // a new certificate begins so much earlier: clocks differ
    CERTS_DAYS_MAX = 36500,
    CERTS_CA_DAYS = 3650,
    CERTS_SERVING_HOURS = 24, // lifetime of a leaf that a server makes for itself
};

// The files of a mounted Secret of type kubernetes.io/tls, with a serving certificate or a CA.
// CERTS_FILE_BUNDLE may be missing. It has every CA to trust, old and new ones together.
#define CERTS_FILE_CERTIFICATE "tls.crt"
#define CERTS_FILE_KEY "tls.key"
#define CERTS_FILE_BUNDLE "ca.crt"

// A certificate with everything that is needed to serve or to sign with it. certificate_free()
// frees all its parts. To keep a part longer, take another reference (X509_up_ref(), as SSL_CTX
// does).
struct certificate {
    X509 *x509;
    // Its private key. NULL when it was loaded without one.
    EVP_PKEY *key;
    // The certificates that are sent after x509, the nearest issuer first. Never NULL, often empty.
    STACK_OF(X509) *chain;
};

// The contents of a new certificate.
struct certificate_plan {
    // DNS names in lower case without wildcards, and IPv4 and IPv6 addresses. 1 to CERTS_NAMES_MAX
    // of them.
    const char *const *names;
    size_t name_count;
    time_t now;
    int64_t seconds; // validity from `now` on, 1 second to CERTS_DAYS_MAX days
};

// Makes a self-signed CA on EC P-256: basicConstraints CA:TRUE, pathlen:0; keyUsage keyCertSign and
// cRLSign; critical nameConstraints. The constraints permit exactly `plan`'s names: a DNS name with
// all names below it, and a single address. If the plan has no DNS name, they exclude every DNS
// name, and the same for addresses, because a type of name that no constraint mentions is
// unrestricted (RFC 5280 section 4.2.1.10). NULL on failure. The caller frees it.
struct certificate *certificate_new_ca(const struct certificate_plan *plan, struct error *error);

// Makes a serving certificate on a new EC P-256 key, signed by `ca`: extendedKeyUsage serverAuth,
// subjectAltName from the plan. Its validity never ends after that of `ca`. NULL with the reason
// when `ca` is not a CA, has no key, is not valid at `plan->now`, or its name constraints do not
// permit a name. `ca` is borrowed. `chain` has `ca` and the issuers above it, unless `ca` is a
// root. The caller frees it.
//
// For a server that needs its own certificate at once: makes a CA for localhost, 127.0.0.1 and ::1,
// and a leaf of it with the same names. A client can then trust that CA, which can sign nothing
// else.
struct certificate *certificate_new_leaf(const struct certificate *ca,
                                         const struct certificate_plan *plan, struct error *error);

// Reads PEM bytes: the certificate, then its issuers if any. Other blocks are skipped. `key` has
// its private key, not encrypted. The absent slice loads no key. NULL with the reason when
// something cannot be read or the key does not belong to this certificate. Dates are not checked.
// The caller frees it.
struct certificate *certificate_new_pem(struct slice certificates, struct slice key,
                                        struct error *error);

// Frees it and wipes the key's memory. NULL is fine.
void certificate_free(struct certificate *certificate);

// The certificate and its chain in PEM, or its key in PEM (PKCS #8, not encrypted), as a memory
// BIO: read it with BIO_get_mem_data(). BIO_free() frees and wipes it. NULL on failure.
BIO *certificate_pem(const struct certificate *certificate, struct error *error);
BIO *certificate_key_pem(const struct certificate *certificate, struct error *error);

// The times between which a certificate is valid (both included). -1 on failure; nothing is written
// then.
int certificate_validity(const X509 *x509, time_t *not_before, time_t *not_after,
                         struct error *error);

// Reads the CAs of a caBundle in PEM: 1 to CERTS_BUNDLE_MAX, in their order. NULL with the reason
// when a block cannot be read, there is no certificate, or there is a private key, which must not
// be published. The caller frees it with bundle_free().
STACK_OF(X509) *bundle_new(struct slice pem, struct error *error);

void bundle_free(STACK_OF(X509) *bundle); // NULL is fine

// The time at which the last CA of a caBundle stops being valid. `text` is base64 of PEM, as in a
// webhook configuration, or PEM. Returns 0, or -1 with the reason, as bundle_new() gives it.
int bundle_end(struct slice text, time_t *end, struct error *error);

// Judges whether a client that trusts only `bundle` accepts `certificate`, with the chain that is
// sent, at time `now` when it calls `name` (a DNS name or an address; NULL: any name). The rules
// are Go's: every certificate of the bundle is an anchor, root or not; the subject's CN is not a
// name; name constraints apply, those of anchors too; SHA-1 is refused. A CA certificate does not
// need to be one that may serve. Returns 0 when accepted; 1 when not, with OpenSSL's reason in
// `error`; -1 when it cannot be judged.
int certificate_verify(const struct certificate *certificate, const STACK_OF(X509) *bundle,
                       const char *name, time_t now, struct error *error);

#endif
