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
    CERTS_PEM_MAX = 1024 * 1024, // bytes of one PEM text: what a Secret can hold
    CERTS_BUNDLE_MAX = 64,       // certificates of one PEM text
    CERTS_NAMES_MAX = 32,        // names of one certificate
    CERTS_SKEW_SECONDS = 3600,   // a new certificate begins so much earlier, for clocks that differ
    CERTS_DAYS_MAX = 36500,
    CERTS_CA_DAYS = 3650,
    CERTS_SERVING_HOURS = 24, // of a leaf that a server mints for itself
};

// The files of a mounted Secret of type kubernetes.io/tls, whether it holds a serving certificate
// or a CA. CERTS_FILE_BUNDLE may be missing; it holds every CA to be trusted, old and new ones
// together.
#define CERTS_FILE_CERTIFICATE "tls.crt"
#define CERTS_FILE_KEY "tls.key"
#define CERTS_FILE_BUNDLE "ca.crt"

// A certificate with what it takes to serve or to sign with it. Owned whole: certificate_free()
// frees the parts. To keep a part longer take a reference of one's own (X509_up_ref(), as SSL_CTX
// does).
struct certificate {
    X509 *x509;
    // Its private key; NULL when it was loaded without one.
    EVP_PKEY *key;
    // What is sent after x509, the nearest issuer first; never NULL, often empty.
    STACK_OF(X509) *chain;
};

// What a new certificate is to say.
struct certificate_plan {
    // DNS names in lower case, without wildcards, and IPv4 and IPv6 addresses; 1 to
    // CERTS_NAMES_MAX.
    const char *const *names;
    size_t name_count;
    time_t now;
    int64_t seconds; // validity from `now` on, 1 second to CERTS_DAYS_MAX days
};

// A self-signed CA on EC P-256: basicConstraints CA:TRUE, pathlen:0; keyUsage keyCertSign and
// cRLSign; critical nameConstraints that permit exactly `plan`'s names (a DNS name with what lies
// below it, an address alone) and exclude every DNS name, or every address, where the plan names
// none (RFC 5280 section 4.2.1.10 leaves a type of name free that no constraint mentions). NULL on
// failure. The caller frees it.
struct certificate *certificate_new_ca(const struct certificate_plan *plan, struct error *error);

// A serving certificate on a new EC P-256 key, signed by `ca`: extendedKeyUsage serverAuth,
// subjectAltName from the plan. It never outlives `ca`. NULL with the reason when `ca` is no CA,
// has no key, is not valid at `plan->now`, or its name constraints do not permit a name. `ca` is
// borrowed. `chain` holds `ca` and what stands above it, unless `ca` is a root. The caller frees
// it.
//
// A server that needs a certificate of its own at once makes a CA for localhost, 127.0.0.1 and ::1
// and a leaf of it with the same names: a client can then be given that CA, which can vouch for
// nothing else.
struct certificate *certificate_new_leaf(const struct certificate *ca,
                                         const struct certificate_plan *plan, struct error *error);

// Reads PEM bytes: the certificate, then its issuers if any; other blocks are passed over. `key`
// holds its private key, not encrypted; the absent slice loads none. NULL with the reason when
// something cannot be read or the key is not this certificate's. Dates are not judged. The caller
// frees it.
struct certificate *certificate_new_pem(struct slice certificates, struct slice key,
                                        struct error *error);

// Frees it, the key's memory wiped; NULL is fine.
void certificate_free(struct certificate *certificate);

// The certificate and its chain in PEM, or its key in PEM (PKCS #8, not encrypted), as a memory
// BIO: read it with BIO_get_mem_data(). BIO_free() frees and wipes it. NULL on failure.
BIO *certificate_pem(const struct certificate *certificate, struct error *error);
BIO *certificate_key_pem(const struct certificate *certificate, struct error *error);

// When a certificate begins and ends to be valid (both ends included). -1, nothing written, on
// failure.
int certificate_validity(const X509 *x509, time_t *not_before, time_t *not_after,
                         struct error *error);

// The CAs of a caBundle in PEM: 1 to CERTS_BUNDLE_MAX, in their order. NULL with the reason when a
// block cannot be read, there is no certificate, or it holds a private key, which nobody should
// publish. The caller frees it with bundle_free().
STACK_OF(X509) *bundle_new(struct slice pem, struct error *error);

void bundle_free(STACK_OF(X509) *bundle); // NULL is fine

// When the last CA of a caBundle stops being valid. `text` is as a webhook configuration has it,
// base64 of PEM, or PEM. 0; or -1 with the reason, as bundle_new().
int bundle_end(struct slice text, time_t *end, struct error *error);

// Judges whether a client that trusts `bundle` and nothing else accepts `certificate`, with the
// chain that is sent, at time `now` when it calls `name` (a DNS name or an address; NULL: any
// name). As in Go any certificate of the bundle is an anchor, root or not; the subject's CN is no
// name; name constraints, of anchors too, hold; SHA-1 is refused. A CA certificate is judged
// without the demand that it may serve. Returns 0 when accepted; 1 when not, with OpenSSL's reason
// in `error`; -1 when it cannot be judged.
int certificate_verify(const struct certificate *certificate, const STACK_OF(X509) *bundle,
                       const char *name, time_t now, struct error *error);

#endif
