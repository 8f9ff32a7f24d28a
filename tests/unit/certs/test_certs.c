// The certificate library: what it makes, accepts and refuses.
#include "tests/unit/certs_fixture.h"

#include <openssl/x509v3.h>

static const char *const local[] = {"localhost", "127.0.0.1", "::1"};
static const char *const address[] = {"10.0.0.1"};
static const char *const other[] = {"evenkeel.b.svc"};

static void assert_refused(int result, const struct error *error, const char *reason)
{
    assert_int_equal(result, 1);
    if (!strstr(error->text, reason))
        fail_msg("'%s' does not say '%s'", error->text, reason);
    assert_int_equal(ERR_peek_error(), 0);
}

// Judges `leaf` by a bundle of up to two CAs.
static int judge(const struct certificate *leaf, const struct certificate *a,
                 const struct certificate *b, const char *name, time_t when, struct error *error)
{
    STACK_OF(X509) *bundle = sk_X509_new_null();
    assert_non_null(bundle);
    assert_true(sk_X509_push(bundle, a->x509));
    if (b)
        assert_true(sk_X509_push(bundle, b->x509));
    *error = (struct error){0};
    int result = certificate_verify(leaf, bundle, name, when, error);
    sk_X509_free(bundle);
    return result;
}

static void test_leaf_is_accepted(void **state)
{
    (void)state;
    struct error error;
    struct certificate *ca = make_ca(PLAN(local, 3650));
    struct certificate *leaf = make_leaf(ca, PLAN(local, 1));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(judge(leaf, ca, NULL, local[i], now, &error), 0);
    assert_int_equal(judge(leaf, ca, NULL, NULL, now, &error), 0);
    assert_false(error.set);
    assert_int_equal(sk_X509_num(leaf->chain), 0);
    assert_refused(judge(leaf, ca, NULL, "127.0.0.2", now, &error), &error, "IP address mismatch");
    assert_refused(judge(leaf, ca, NULL, "evenkeel.a.svc", now, &error), &error,
                   "it is for DNS:localhost, IP:127.0.0.1, IP:::1, not for evenkeel.a.svc");
    certificate_free(leaf);
    certificate_free(ca);
}

static void test_fields(void **state)
{
    (void)state;
    struct certificate *ca = make_ca(PLAN(service, 3650));
    struct certificate *leaf = make_leaf(ca, PLAN(service, 1));
    assert_int_equal(X509_get_pathlen(ca->x509), 0);
    assert_int_equal(X509_get_key_usage(ca->x509), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_int_equal(X509_get_key_usage(leaf->x509), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(leaf->x509), XKU_SSL_SERVER);
    assert_int_equal(X509_check_ca(leaf->x509), 0);
    assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf->x509),
                                           X509_get0_subject_key_id(ca->x509)),
                     0);
    static const int critical[] = {NID_basic_constraints, NID_key_usage, NID_name_constraints};
    for (size_t i = 0; i < 3; i++) {
        X509_EXTENSION *extension =
            X509_get_ext(ca->x509, X509_get_ext_by_NID(ca->x509, critical[i], -1));
        assert_true(X509_EXTENSION_get_critical(extension));
    }
    assert_int_not_equal(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(ca->x509), X509_get0_serialNumber(leaf->x509)), 0);
    certificate_free(leaf);
    certificate_free(ca);
}

static void test_dates(void **state)
{
    (void)state;
    struct error error;
    time_t from, until;
    struct certificate *ca = make_ca(PLAN(service, 10));
    struct certificate *leaf = make_leaf(ca, PLAN(service, 1));
    assert_int_equal(certificate_validity(leaf->x509, &from, &until, &error), 0);
    assert_true(from == now - CERTS_SKEW_SECONDS);
    assert_true(until == now + DAY);
    assert_int_equal(judge(leaf, ca, NULL, service[0], from, &error), 0);
    assert_int_equal(judge(leaf, ca, NULL, service[0], until - 1, &error), 0);
    assert_refused(judge(leaf, ca, NULL, service[0], until + 1, &error), &error,
                   "certificate has expired (CN=evenkeel webhook): it is valid until "
                   "2027-01-16T08:00:00Z");
    certificate_free(leaf);
    struct certificate_plan later = *PLAN(service, 1);
    later.now += 3 * DAY;
    leaf = make_leaf(ca, &later);
    assert_refused(judge(leaf, ca, NULL, service[0], now, &error), &error,
                   "certificate is not yet valid (CN=evenkeel webhook): it is valid from "
                   "2027-01-18T07:00:00Z");
    certificate_free(leaf);
    leaf = make_leaf(ca, PLAN(service, 100));
    assert_int_equal(certificate_validity(leaf->x509, &from, &until, &error), 0);
    assert_true(until == now + 10 * DAY); // the CA's own end
    certificate_free(leaf);
    certificate_free(ca);
}

// The CA without its constraints, signed again by its own key, as a thief of the key could make it.
static struct certificate *without_constraints(const struct certificate *ca)
{
    struct certificate *forged = calloc(1, sizeof(*forged));
    assert_non_null(forged);
    forged->x509 = X509_dup(ca->x509);
    forged->chain = sk_X509_new_null();
    assert_true(EVP_PKEY_up_ref(ca->key));
    forged->key = ca->key;
    int at = X509_get_ext_by_NID(forged->x509, NID_name_constraints, -1);
    assert_true(at >= 0);
    X509_EXTENSION_free(X509_delete_ext(forged->x509, at));
    assert_true(X509_sign(forged->x509, forged->key, EVP_sha256()) > 0);
    return forged;
}

static void assert_forgery_refused(const struct certificate_plan *ca_plan,
                                   const struct certificate_plan *plan, const char *reason)
{
    struct error error = {0};
    struct certificate *ca = make_ca(ca_plan);
    assert_null(certificate_new_leaf(ca, plan, &error));
    assert_says(&error, "the CA cannot vouch for");
    assert_says(&error, reason);
    struct certificate *forged = without_constraints(ca);
    struct certificate *leaf = make_leaf(forged, plan);
    assert_int_equal(judge(leaf, forged, NULL, plan->names[0], now, &error), 0);
    assert_refused(judge(leaf, ca, NULL, plan->names[0], now, &error), &error, reason);
    certificate_free(leaf);
    certificate_free(forged);
    certificate_free(ca);
}

static void test_constraints(void **state)
{
    (void)state;
    assert_forgery_refused(PLAN(service, 10), PLAN(other, 1), "permitted subtree violation");
    assert_forgery_refused(PLAN(service, 10), PLAN(address, 1), "excluded subtree violation");
    assert_forgery_refused(PLAN(local, 10), PLAN(address, 1), "permitted subtree violation");
    assert_forgery_refused(PLAN(address, 10), PLAN(other, 1), "excluded subtree violation");
    static const char *const six[] = {"fd00::1"};
    assert_forgery_refused(PLAN(service, 10), PLAN(six, 1), "excluded subtree violation");
}

static void test_bundle_of_two(void **state)
{
    (void)state;
    struct error error;
    struct certificate *old = make_ca(PLAN(service, 10));
    struct certificate *new = make_ca(PLAN(service, 10));
    struct certificate *before = make_leaf(old, PLAN(service, 1));
    struct certificate *after = make_leaf(new, PLAN(service, 1));
    assert_int_equal(judge(before, old, new, service[0], now, &error), 0);
    assert_int_equal(judge(after, old, new, service[0], now, &error), 0);
    assert_refused(judge(after, old, NULL, service[0], now, &error), &error,
                   "unable to get local issuer certificate");
    assert_refused(judge(before, new, NULL, service[0], now, &error), &error,
                   "unable to get local issuer certificate");
    certificate_free(after);
    certificate_free(before);
    certificate_free(new);
    certificate_free(old);
}

// Two CAs with one subject, as other tools make them.
static void test_same_subject(void **state)
{
    (void)state;
    struct error error;
    struct certificate *old = make_ca(PLAN(service, 10));
    struct certificate *new = make_ca(PLAN(service, 10));
    X509_NAME *name = X509_get_subject_name(old->x509);
    assert_true(X509_set_subject_name(new->x509, name));
    assert_true(X509_set_issuer_name(new->x509, name));
    assert_true(X509_sign(new->x509, new->key, EVP_sha256()) > 0);
    struct certificate *leaf = make_leaf(new, PLAN(service, 1));
    assert_int_equal(judge(leaf, old, new, service[0], now, &error), 0);
    assert_int_equal(judge(leaf, new, old, service[0], now, &error), 0);
    assert_int_equal(judge(leaf, old, NULL, service[0], now, &error), 1);
    certificate_free(leaf);
    certificate_free(new);
    certificate_free(old);
}

static void test_anchors(void **state)
{
    (void)state;
    struct error error;
    struct certificate *ca = make_ca(PLAN(service, 10));
    struct certificate *leaf = make_leaf(ca, PLAN(service, 1));
    // Go accepts any certificate of the pool as an anchor, also the served one itself.
    assert_int_equal(judge(leaf, leaf, NULL, service[0], now, &error), 0);
    // A CA alone is judged as a CA. It has no name.
    assert_int_equal(judge(ca, ca, NULL, NULL, now, &error), 0);
    assert_refused(judge(ca, ca, NULL, service[0], now, &error), &error,
                   "it is for no name at all");
    certificate_free(leaf);
    certificate_free(ca);
}

static void test_bad_issuers(void **state)
{
    (void)state;
    struct error error = {0};
    struct certificate *ca = make_ca(PLAN(service, 10));
    struct certificate *leaf = make_leaf(ca, PLAN(service, 1));
    struct certificate_plan plan = *PLAN(service, 1);
    assert_null(certificate_new_leaf(leaf, &plan, &error));
    assert_says(&error, "not a CA's");
    plan.now = now + 11 * DAY;
    error.set = false;
    assert_null(certificate_new_leaf(ca, &plan, &error));
    assert_says(&error, "the CA ended at 2027-01-25T08:00:00Z");
    plan.now = now - DAY;
    error.set = false;
    assert_null(certificate_new_leaf(ca, &plan, &error));
    assert_says(&error, "the CA is not valid before 2027-01-15T07:00:00Z");
    plan.now = now;
    error.set = false;
    struct certificate *open = make_ca(PLAN(service, 10));
    EVP_PKEY_free(open->key);
    open->key = NULL;
    assert_null(certificate_new_leaf(open, &plan, &error));
    assert_says(&error, "private key is missing");
    certificate_free(open);
    certificate_free(leaf);
    certificate_free(ca);
}

static void test_bad_plans(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "*.a.svc", "a..b", "Evenkeel.a.svc", "a.b.", "-a",
                                      "a-.b", "a_b",     "a b",  "1.2.3.999",      "a,b",  "1.2.3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error error = {0};
        struct certificate_plan plan = {&bad[i], 1, now, DAY};
        if (certificate_new_ca(&plan, &error))
            fail_msg("'%s' was taken", bad[i]);
        assert_says(&error, "neither an address nor a DNS name");
    }
    const char *many[CERTS_NAMES_MAX + 1];
    for (size_t i = 0; i <= CERTS_NAMES_MAX; i++)
        many[i] = "a.svc";
    struct error error = {0};
    assert_null(certificate_new_ca(PLAN(many, 1), &error));
    assert_says(&error, "too many");
    error.set = false;
    assert_null(certificate_new_ca(&(struct certificate_plan){service, 0, now, DAY}, &error));
    assert_says(&error, "at least one name");
    error.set = false;
    assert_null(certificate_new_ca(PLAN(service, 0), &error));
    assert_says(&error, "1 second to 36500 days");
    error.set = false;
    assert_null(certificate_new_ca(PLAN(service, CERTS_DAYS_MAX + 1), &error));
    assert_says(&error, "1 second to 36500 days");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaf_is_accepted),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_bundle_of_two),
        cmocka_unit_test(test_same_subject),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_bad_issuers),
        cmocka_unit_test(test_bad_plans),
    };
    return cmocka_run_group_tests_name("certs", tests, NULL, NULL);
}
