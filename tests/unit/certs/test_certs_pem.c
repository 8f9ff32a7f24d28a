// Certificates, keys and bundles in PEM: which are read, which are refused, and with which message.
#include "tests/unit/certs_fixture.h"

#include <openssl/pem.h>

static struct slice bytes(BIO *bio)
{
    char *data = NULL;
    assert_non_null(bio);
    long size = BIO_get_mem_data(bio, &data);
    return (struct slice){data, (size_t)size};
}

static void test_pem_round_trip(void **state)
{
    (void)state;
    struct error error = {0};
    struct certificate *ca = make_ca(PLAN(service, 10));
    struct certificate *leaf = make_leaf(ca, PLAN(service, 1));
    assert_true(X509_up_ref(ca->x509));
    assert_true(sk_X509_push(leaf->chain, ca->x509));
    BIO *pem = certificate_pem(leaf, &error), *key = certificate_key_pem(leaf, &error);
    struct certificate *read = certificate_new_pem(bytes(pem), bytes(key), &error);
    assert_non_null(read);
    assert_int_equal(X509_cmp(read->x509, leaf->x509), 0);
    assert_int_equal(sk_X509_num(read->chain), 1);
    assert_int_equal(X509_cmp(sk_X509_value(read->chain, 0), ca->x509), 0);
    assert_int_equal(EVP_PKEY_eq(read->key, leaf->key), 1);
    struct certificate *bare = certificate_new_pem(bytes(pem), (struct slice){0}, &error);
    assert_non_null(bare);
    assert_null(bare->key);
    assert_null(certificate_key_pem(bare, &error));
    assert_says(&error, "no private key");
    certificate_free(bare);
    certificate_free(read);
    BIO_free(key);
    BIO_free(pem);
    certificate_free(leaf);
    certificate_free(ca);
}

static void test_wrong_key(void **state)
{
    (void)state;
    struct error error = {0};
    struct certificate *ca = make_ca(PLAN(service, 10));
    struct certificate *leaf = make_leaf(ca, PLAN(service, 1));
    struct certificate *stranger = make_leaf(ca, PLAN(service, 1));
    assert_true(X509_up_ref(ca->x509));
    assert_true(sk_X509_push(leaf->chain, ca->x509));
    BIO *pem = certificate_pem(leaf, &error);
    BIO *wrong = certificate_key_pem(stranger, &error), *signing = certificate_key_pem(ca, &error);
    assert_null(certificate_new_pem(bytes(pem), bytes(wrong), &error));
    assert_says(&error, "the key is not the certificate's");
    error.set = false;
    assert_null(certificate_new_pem(bytes(pem), bytes(signing), &error));
    assert_says(&error, "the key belongs to certificate 2");
    error.set = false;
    assert_null(certificate_new_pem(bytes(pem), bytes(pem), &error));
    assert_says(&error, "no readable private key");
    error.set = false;
    assert_null(certificate_new_pem(bytes(pem), SLICE(""), &error));
    assert_says(&error, "no readable private key");
    BIO_free(signing);
    BIO_free(wrong);
    BIO_free(pem);
    certificate_free(stranger);
    certificate_free(leaf);
    certificate_free(ca);
}

static void test_encrypted_key(void **state)
{
    (void)state;
    struct error error = {0};
    struct certificate *ca = make_ca(PLAN(service, 10));
    BIO *pem = certificate_pem(ca, &error), *key = BIO_new(BIO_s_mem());
    char secret[] = "secret";
    assert_true(
        PEM_write_bio_PKCS8PrivateKey(key, ca->key, EVP_aes_128_cbc(), secret, 6, NULL, NULL));
    assert_null(certificate_new_pem(bytes(pem), bytes(key), &error));
    assert_says(&error, "the key is encrypted");
    BIO_free(key);
    BIO_free(pem);
    certificate_free(ca);
}

static void assert_bundle_refused(struct slice pem, const char *reason)
{
    struct error error = {0};
    assert_null(bundle_new(pem, &error));
    assert_says(&error, reason);
}

static void test_bad_bundles(void **state)
{
    (void)state;
    struct error error = {0};
    struct certificate *ca = make_ca(PLAN(service, 10));
    BIO *pem = certificate_pem(ca, &error), *key = certificate_key_pem(ca, &error);
    struct slice one = bytes(pem);
    assert_bundle_refused((struct slice){0}, "there is no certificate");
    assert_bundle_refused(SLICE("nothing"), "there is no certificate");
    assert_bundle_refused((struct slice){one.data, one.size - 30}, "after certificate 0");
    assert_bundle_refused((struct slice){one.data, CERTS_PEM_MAX + 1}, "too many");
    assert_bundle_refused(SLICE("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                          "certificate 1 cannot be read");
    BIO *mixed = BIO_new(BIO_s_mem());
    struct slice secret = bytes(key);
    assert_true(BIO_write(mixed, one.data, (int)one.size) > 0);
    assert_true(BIO_write(mixed, secret.data, (int)secret.size) > 0);
    assert_bundle_refused(bytes(mixed), "it holds a private key");
    for (int i = 0; i < CERTS_BUNDLE_MAX; i++)
        assert_true(BIO_write(mixed, one.data, (int)one.size) > 0);
    struct certificate *many = certificate_new_pem(bytes(mixed), bytes(key), &error);
    assert_null(many);
    assert_says(&error, "more than 64 certificates");
    BIO_free(mixed);
    BIO_free(key);
    BIO_free(pem);
    certificate_free(ca);
}

static void test_good_bundle(void **state)
{
    (void)state;
    struct error error = {0};
    struct certificate *old = make_ca(PLAN(service, 5)), *new = make_ca(PLAN(service, 10));
    time_t from, until, end = 0;
    BIO *mixed = BIO_new(BIO_s_mem()), *a = certificate_pem(old, &error);
    BIO *b = certificate_pem(new, &error);
    assert_true(BIO_puts(mixed, "# the old one\n") > 0);
    assert_true(BIO_write(mixed, bytes(a).data, (int)bytes(a).size) > 0);
    assert_true(BIO_puts(mixed, "# the new one\r\n") > 0);
    assert_true(BIO_write(mixed, bytes(b).data, (int)bytes(b).size) > 0);
    STACK_OF(X509) *bundle = bundle_new(bytes(mixed), &error);
    assert_int_equal(sk_X509_num(bundle), 2);
    struct certificate *leaf = make_leaf(new, PLAN(service, 1));
    assert_int_equal(certificate_verify(leaf, bundle, service[1], now, &error), 0);
    assert_int_equal(certificate_validity(new->x509, &from, &until, &error), 0);
    assert_int_equal(bundle_end(bytes(mixed), &end, &error), 0);
    assert_int_equal(end, until);
    assert_int_equal(bundle_end(SLICE("bm90aGluZw=="), &end, &error), -1);
    certificate_free(leaf);
    bundle_free(bundle);
    BIO_free(b);
    BIO_free(a);
    BIO_free(mixed);
    certificate_free(new);
    certificate_free(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem_round_trip), cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_encrypted_key),  cmocka_unit_test(test_bad_bundles),
        cmocka_unit_test(test_good_bundle),
    };
    return cmocka_run_group_tests_name("certs_pem", tests, NULL, NULL);
}
