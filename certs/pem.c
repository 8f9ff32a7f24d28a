// Reads and writes PEM. It checks no dates and no chain, and never asks for a passphrase.
#include "certs/certs.h"

#include "certs/form.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

void certificate_free(struct certificate *certificate)
{
    if (!certificate)
        return;
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    sk_X509_pop_free(certificate->chain, X509_free);
    free(certificate);
}

void bundle_free(STACK_OF(X509) *bundle)
{
    sk_X509_pop_free(bundle, X509_free);
}

static int push_certificate(STACK_OF(X509) *list, const unsigned char *der, long size,
                            struct error *error)
{
    int number = sk_X509_num(list) + 1;
    if (number > CERTS_BUNDLE_MAX)
        return error_set(error, "more than %d certificates", CERTS_BUNDLE_MAX);
    const unsigned char *end = der;
    X509 *x509 = d2i_X509(NULL, &end, size);
    if (!x509 || end != der + size) {
        X509_free(x509);
        ERR_clear_error();
        return error_set(error, "certificate %d cannot be read", number);
    }
    if (sk_X509_push(list, x509))
        return 0;
    X509_free(x509);
    return form_failure(error, "cannot keep a certificate");
}

// One PEM block. Returns 1 after a block, 0 at the end, -1 on failure.
static int read_block(BIO *pem, STACK_OF(X509) *list, bool published, struct error *error)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size = 0;
    int result = 1;
    if (!PEM_read_bio(pem, &name, &header, &data, &size)) {
        bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        if (!end)
            error_set(error, "the PEM block after certificate %d is damaged: %s", sk_X509_num(list),
                      ERR_reason_error_string(ERR_peek_last_error()));
        ERR_clear_error();
        return end ? 0 : -1;
    }
    if (strcmp(name, PEM_STRING_X509) == 0)
        result = push_certificate(list, data, size, error) == 0 ? 1 : -1;
    else if (published && strstr(name, "PRIVATE KEY"))
        result = error_set(error, "it holds a private key: take the key out");
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, (size_t)size);
    return result;
}

// `published`: it is a bundle that everybody may read.
static STACK_OF(X509) *read_certificates(struct slice pem, bool published, struct error *error)
{
    if (pem.size > CERTS_PEM_MAX) {
        error_set(error, "%zu bytes are too many: %d at most", pem.size, CERTS_PEM_MAX);
        return NULL;
    }
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(pem.size > 0 ? pem.data : "", (int)pem.size);
    STACK_OF(X509) *list = sk_X509_new_null();
    int result = bio && list ? 1 : form_failure(error, "cannot read");
    while (result == 1)
        result = read_block(bio, list, published, error);
    if (result == 0 && sk_X509_num(list) == 0)
        result = error_set(error, "there is no certificate (-----BEGIN CERTIFICATE-----) in it");
    BIO_free(bio);
    if (result == 0)
        return list;
    bundle_free(list);
    return NULL;
}

STACK_OF(X509) *bundle_new(struct slice pem, struct error *error)
{
    return read_certificates(pem, true, error);
}

static int refuse_passphrase(char *buffer, int size, int writing, void *asked)
{
    (void)buffer, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

static EVP_PKEY *read_key(struct slice pem, struct error *error)
{
    bool asked = false;
    if (pem.size > CERTS_PEM_MAX) {
        error_set(error, "the key: %zu bytes are too many: %d at most", pem.size, CERTS_PEM_MAX);
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(pem.size > 0 ? pem.data : "", (int)pem.size);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &asked) : NULL;
    BIO_free(bio);
    ERR_clear_error();
    if (!key && asked)
        error_set(error, "the key is encrypted: decrypt it first (openssl pkey)");
    else if (!key)
        error_set(error, "there is no readable private key (-----BEGIN PRIVATE KEY-----) in it");
    return key;
}

static int check_pair(const struct certificate *pair, struct error *error)
{
    int match = X509_check_private_key(pair->x509, pair->key);
    ERR_clear_error();
    if (match == 1)
        return 0;
    for (int i = 0; i < sk_X509_num(pair->chain); i++) {
        match = X509_check_private_key(sk_X509_value(pair->chain, i), pair->key);
        ERR_clear_error();
        if (match == 1)
            return error_set(error, "the key belongs to certificate %d: put that one first", i + 2);
    }
    return error_set(error, "the key is not the certificate's: they are of two pairs");
}

struct certificate *certificate_new_pem(struct slice certificates, struct slice key,
                                        struct error *error)
{
    struct certificate *pair = calloc(1, sizeof(*pair));
    if (!pair) {
        error_set(error, "out of memory");
        return NULL;
    }
    pair->chain = read_certificates(certificates, false, error);
    if (!pair->chain)
        goto failed;
    pair->x509 = sk_X509_shift(pair->chain);
    if (!key.data)
        return pair;
    pair->key = read_key(key, error);
    if (pair->key && check_pair(pair, error) == 0)
        return pair;
failed:
    certificate_free(pair);
    return NULL;
}

BIO *certificate_pem(const struct certificate *certificate, struct error *error)
{
    BIO *pem = BIO_new(BIO_s_mem());
    bool done = pem && PEM_write_bio_X509(pem, certificate->x509);
    for (int i = 0; done && i < sk_X509_num(certificate->chain); i++)
        done = PEM_write_bio_X509(pem, sk_X509_value(certificate->chain, i));
    if (done)
        return pem;
    BIO_free(pem);
    form_failure(error, "cannot write the certificate");
    return NULL;
}

BIO *certificate_key_pem(const struct certificate *certificate, struct error *error)
{
    if (!certificate->key) {
        error_set(error, "there is no private key");
        return NULL;
    }
    BIO *pem = BIO_new(BIO_s_mem());
    if (pem && PEM_write_bio_PKCS8PrivateKey(pem, certificate->key, NULL, NULL, 0, NULL, NULL))
        return pem;
    BIO_free(pem);
    form_failure(error, "cannot write the key");
    return NULL;
}
