// Makes CAs and serving certificates on EC P-256. It never writes one to a file, and signs no
// requests of others.
#include "certs/certs.h"

#include "certs/form.h"
#include "certs/names.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERIAL_BITS = 128, DAY_SECONDS = 86400, SERIAL_TEXT_SIZE = 9 };

struct extension {
    int nid;
    const char *value; // in the form of x509v3_config(5)
};

static const struct extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {0, NULL},
};

static const struct extension leaf_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid"},
    {0, NULL},
};

static int add_extensions(X509 *x509, X509 *issuer, const struct extension *extensions,
                          struct error *error)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    for (const struct extension *row = extensions; row->value; row++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, row->nid, row->value);
        int added = extension && X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
        if (!added)
            return form_failure(error, "cannot add an extension");
    }
    return 0;
}

// 128 random bits. Two CAs with one name never have the same serial, and nobody can predict a
// leaf's serial.
static int set_serial(X509 *x509, char text[SERIAL_TEXT_SIZE], struct error *error)
{
    BIGNUM *number = BN_new();
    char *hex = NULL;
    int done = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) &&
               (hex = BN_bn2hex(number)) != NULL;
    if (done)
        snprintf(text, SERIAL_TEXT_SIZE, "%s", hex);
    OPENSSL_free(hex);
    BN_free(number);
    return done ? 0 : form_failure(error, "cannot make a serial number");
}

// The subject has a space, so no verifier takes it for a DNS name. A CA's subject also has the
// first eight digits of its serial, to distinguish an old and a new CA in one bundle.
static int set_subject(X509 *x509, const char *what, const char *serial, struct error *error)
{
    char text[64];
    snprintf(text, sizeof(text), "evenkeel %s%s%s", what, serial ? " " : "", serial ? serial : "");
    X509_NAME *name = X509_get_subject_name(x509);
    if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1,
                                   0))
        return 0;
    return form_failure(error, "cannot set the subject");
}

static int set_validity(X509 *x509, time_t not_before, time_t not_after, struct error *error)
{
    if (ASN1_TIME_set(X509_getm_notBefore(x509), not_before) &&
        ASN1_TIME_set(X509_getm_notAfter(x509), not_after))
        return 0;
    return form_failure(error, "cannot set the validity");
}

static int plan_check(const struct certificate_plan *plan, struct error *error)
{
    if (plan->seconds < 1 || plan->seconds > (int64_t)CERTS_DAYS_MAX * DAY_SECONDS)
        return error_set(error, "a certificate is valid for 1 second to %d days", CERTS_DAYS_MAX);
    return names_check_all(plan, error);
}

// Makes a certificate with a new key and everything except extensions, issuer and signature.
static struct certificate *certificate_draft(struct error *error)
{
    struct certificate *draft = calloc(1, sizeof(*draft));
    if (draft) {
        draft->x509 = X509_new();
        draft->key = EVP_EC_gen("P-256");
        draft->chain = sk_X509_new_null();
    }
    if (draft && draft->x509 && draft->key && draft->chain &&
        X509_set_version(draft->x509, X509_VERSION_3) && X509_set_pubkey(draft->x509, draft->key))
        return draft;
    certificate_free(draft);
    form_failure(error, "cannot make a key");
    return NULL;
}

static int sign(X509 *x509, EVP_PKEY *key, struct error *error)
{
    // Edwards curves have their own hash.
    bool own_hash = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
    if (X509_sign(x509, key, own_hash ? NULL : EVP_sha256()) > 0)
        return 0;
    return form_failure(error, "cannot sign");
}

static int ca_fill(struct certificate *ca, const struct certificate_plan *plan, struct error *error)
{
    X509 *x509 = ca->x509;
    char serial[SERIAL_TEXT_SIZE];
    if (set_serial(x509, serial, error) != 0 || set_subject(x509, "CA", serial, error) != 0)
        return -1;
    if (!X509_set_issuer_name(x509, X509_get_subject_name(x509)))
        return form_failure(error, "cannot set the issuer");
    if (set_validity(x509, plan->now - CERTS_SKEW_SECONDS, plan->now + plan->seconds, error) != 0)
        return -1;
    if (add_extensions(x509, x509, ca_extensions, error) != 0)
        return -1;
    if (names_add_constraints(x509, plan, error) != 0)
        return -1;
    return sign(x509, ca->key, error);
}

struct certificate *certificate_new_ca(const struct certificate_plan *plan, struct error *error)
{
    if (plan_check(plan, error) != 0)
        return NULL;
    struct certificate *ca = certificate_draft(error);
    if (ca && ca_fill(ca, plan, error) != 0) {
        certificate_free(ca);
        ca = NULL;
    }
    ERR_clear_error();
    return ca;
}

// Whether `ca` may sign at `now`, and its own dates.
static int ca_check(const struct certificate *ca, time_t now, time_t *not_before, time_t *not_after,
                    struct error *error)
{
    char when[FORM_TIME_SIZE];
    if (!ca->key)
        return error_set(error, "the CA's private key is missing");
    if (X509_check_ca(ca->x509) != 1)
        return error_set(error, "the certificate is not a CA's (basicConstraints CA:TRUE)");
    if (!(X509_get_key_usage(ca->x509) & KU_KEY_CERT_SIGN))
        return error_set(error, "the CA's keyUsage lacks keyCertSign");
    if (certificate_validity(ca->x509, not_before, not_after, error) != 0)
        return -1;
    bool early = now < *not_before;
    if (!early && now < *not_after)
        return 0;
    form_time(early ? *not_before : *not_after, when);
    return error_set(error, early ? "the CA is not valid before %s" : "the CA ended at %s", when);
}

static int leaf_fill(struct certificate *leaf, const struct certificate *ca,
                     const struct certificate_plan *plan, struct error *error)
{
    X509 *x509 = leaf->x509;
    char serial[SERIAL_TEXT_SIZE];
    time_t ca_from, ca_until;
    if (ca_check(ca, plan->now, &ca_from, &ca_until, error) != 0)
        return -1;
    time_t from = plan->now - CERTS_SKEW_SECONDS, until = plan->now + plan->seconds;
    from = from < ca_from ? ca_from : from;
    until = until > ca_until ? ca_until : until;
    if (set_validity(x509, from, until, error) != 0 || set_serial(x509, serial, error) != 0 ||
        set_subject(x509, "webhook", NULL, error) != 0)
        return -1;
    if (!X509_set_issuer_name(x509, X509_get_subject_name(ca->x509)))
        return form_failure(error, "cannot set the issuer");
    if (add_extensions(x509, ca->x509, leaf_extensions, error) != 0 ||
        names_add_alternative(x509, plan, error) != 0)
        return -1;
    return sign(x509, ca->key, error);
}

static bool chain_push(STACK_OF(X509) *chain, X509 *x509)
{
    if (!X509_up_ref(x509))
        return false;
    if (sk_X509_push(chain, x509))
        return true;
    X509_free(x509);
    return false;
}

// A root is left out, because clients that trust it have it.
static int leaf_chain(struct certificate *leaf, const struct certificate *ca, struct error *error)
{
    if (X509_get_extension_flags(ca->x509) & EXFLAG_SI)
        return 0;
    bool done = chain_push(leaf->chain, ca->x509);
    for (int i = 0; done && i < sk_X509_num(ca->chain); i++)
        done = chain_push(leaf->chain, sk_X509_value(ca->chain, i));
    return done ? 0 : form_failure(error, "cannot copy the chain");
}

// A certificate that no client would accept is refused, above all one with a name that the CA's
// constraints forbid.
static int leaf_check(const struct certificate *leaf, const struct certificate *ca,
                      const struct certificate_plan *plan, struct error *error)
{
    STACK_OF(X509) *bundle = sk_X509_new_null();
    int result = -1;
    if (!bundle || !sk_X509_push(bundle, ca->x509)) {
        form_failure(error, "cannot check the new certificate");
        goto done;
    }
    for (size_t i = 0; i < plan->name_count; i++) {
        struct error reason = {0};
        if (certificate_verify(leaf, bundle, plan->names[i], plan->now, &reason) != 0) {
            error_set(error, "the CA cannot vouch for %s: %.400s", plan->names[i], reason.text);
            goto done;
        }
    }
    result = 0;
done:
    sk_X509_free(bundle);
    return result;
}

struct certificate *certificate_new_leaf(const struct certificate *ca,
                                         const struct certificate_plan *plan, struct error *error)
{
    if (plan_check(plan, error) != 0)
        return NULL;
    struct certificate *leaf = certificate_draft(error);
    if (leaf && (leaf_fill(leaf, ca, plan, error) != 0 || leaf_chain(leaf, ca, error) != 0 ||
                 leaf_check(leaf, ca, plan, error) != 0)) {
        certificate_free(leaf);
        leaf = NULL;
    }
    ERR_clear_error();
    return leaf;
}
