// The serving certificate: leaves made here are renewed in time, with a clock that the test sets;
// files are renewed by their content.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HOUR = 3600 };

static const time_t start = 1900000000;

static char folder[] = "/tmp/evenkeel-identity-XXXXXX";

static void write_bio(const char *name, BIO *bio)
{
    char path[128];
    char *bytes;
    long size = BIO_get_mem_data(bio, &bytes);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, (size_t)size, file), size);
    assert_int_equal(fclose(file), 0);
    BIO_free(bio);
}

static void write_ca_for(time_t now, int64_t hours)
{
    const char *const names[] = {"localhost"};
    struct certificate_plan plan = {names, 1, now, hours * HOUR};
    struct error error = {0};
    struct certificate *ca = certificate_new_ca(&plan, &error);
    assert_non_null(ca);
    write_bio("tls.crt", certificate_pem(ca, &error));
    write_bio("tls.key", certificate_key_pem(ca, &error));
    certificate_free(ca);
}

static void write_ca(time_t now)
{
    write_ca_for(now, 365 * 24);
}

// The result of a refresh at `now`; `not_after` gets the new certificate's end.
static int refresh(struct identity *identity, time_t now, time_t *not_after)
{
    SSL_CTX *tls = NULL;
    struct error error = {0};
    struct identity_end end = {.not_after = *not_after};
    int result = identity_refresh(identity, now, &tls, &end, &error);
    *not_after = end.not_after;
    assert_int_equal(result < 0, error.set);
    assert_int_equal(result > 0, tls != NULL);
    SSL_CTX_free(tls);
    return result;
}

static void check_renewal(const struct options *options)
{
    struct error error = {0};
    struct identity *identity = identity_new(options, &error);
    time_t first, second;
    assert_non_null(identity);
    assert_int_equal(refresh(identity, start, &first), 1);
    assert_int_equal(first, start + CERTS_SERVING_HOURS * HOUR);
    assert_int_equal(refresh(identity, start + 1, &second), 0);
    assert_int_equal(refresh(identity, start + 15 * HOUR, &second), 0);
    // A third of its lifetime is left.
    assert_int_equal(refresh(identity, start + 16 * HOUR, &second), 1);
    assert_int_equal(second, start + 16 * HOUR + CERTS_SERVING_HOURS * HOUR);
    assert_int_equal(refresh(identity, start + 17 * HOUR, &second), 0);
    assert_int_equal(refresh(identity, start + 32 * HOUR, &second), 1);
    identity_free(identity);
}

static void test_self_signed(void **state)
{
    (void)state;
    struct options options = {.self_signed = true};
    check_renewal(&options);
}

static void test_ca(void **state)
{
    (void)state;
    struct options options = {.ca = folder, .names = {"localhost"}, .name_count = 1};
    write_ca(start - HOUR);
    check_renewal(&options);
}

// A CA that has ended is reported at once and then once an hour, until there is a new one.
static void test_ca_ended(void **state)
{
    (void)state;
    struct options options = {.ca = folder, .names = {"localhost"}, .name_count = 1};
    struct error error = {0};
    struct identity *identity = identity_new(&options, &error);
    time_t not_after, late = start + 400 * 24 * HOUR;
    assert_non_null(identity);
    write_ca(start);
    assert_int_equal(refresh(identity, late, &not_after), -1);
    assert_int_equal(refresh(identity, late + 1, &not_after), 0);
    assert_int_equal(refresh(identity, late + HOUR, &not_after), -1);
    write_ca(late);
    assert_int_equal(refresh(identity, late + HOUR + 1, &not_after), 1);
    identity_free(identity);
}

static void test_files(void **state)
{
    (void)state;
    char certificate[128], key[128];
    snprintf(certificate, sizeof(certificate), "%s/tls.crt", folder);
    snprintf(key, sizeof(key), "%s/tls.key", folder);
    struct options options = {.certificate = certificate, .key = key};
    struct error error = {0};
    struct identity *identity = identity_new(&options, &error);
    time_t not_after;
    assert_non_null(identity);
    write_ca(start);
    assert_int_equal(refresh(identity, start, &not_after), 1);
    // Files that are given are never renewed here, at any time.
    assert_int_equal(refresh(identity, start + 10000 * HOUR, &not_after), 0);
    assert_int_equal(unlink(key), 0);
    assert_int_equal(refresh(identity, start, &not_after), -1);
    assert_int_equal(refresh(identity, start, &not_after), 0);
    write_ca(start);
    assert_int_equal(refresh(identity, start, &not_after), 1);
    assert_null(identity_ca(identity, &error));
    identity_free(identity);
}

// When users are first told: in the last twelfth of the lifetime, at most 30 days before its end.
// The CA's end counts if it is sooner.
static void test_end(void **state)
{
    const time_t day = 24 * HOUR;
    const struct {
        int64_t hours; // the CA's life, or the certificate's where it is given as a file
        bool ca;
        time_t not_after, notice_from;
        bool notice_ca;
    } cases[] = {
        {3650 * 24, true, start + day, start + day - (day + CERTS_SKEW_SECONDS) / 12, false},
        {365 * 24, false, start + 365 * day, start + 335 * day, false},
        {120, false, start + 5 * day, start + 5 * day - (5 * day + CERTS_SKEW_SECONDS) / 12, false},
        {30, true, start + day, start + day - (day + CERTS_SKEW_SECONDS) / 12, false},
        {20, true, start + 20 * HOUR, start + 20 * HOUR - (20 * HOUR + CERTS_SKEW_SECONDS) / 12,
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char certificate[128], key[128];
        struct error error = {0};
        struct identity_end end;
        SSL_CTX *tls = NULL;
        snprintf(certificate, sizeof(certificate), "%s/tls.crt", folder);
        snprintf(key, sizeof(key), "%s/tls.key", folder);
        struct options of_ca = {.ca = folder, .names = {"localhost"}, .name_count = 1};
        struct options of_files = {.certificate = certificate, .key = key};
        struct identity *identity = identity_new(cases[i].ca ? &of_ca : &of_files, &error);
        assert_non_null(identity);
        write_ca_for(start, cases[i].hours);
        assert_int_equal(identity_refresh(identity, start, &tls, &end, &error), 1);
        assert_int_equal(end.not_after, cases[i].not_after);
        assert_int_equal(end.notice_from, cases[i].notice_from);
        assert_int_equal(end.notice_ca, cases[i].notice_ca);
        assert_int_equal(end.ca_not_after, cases[i].ca ? start + cases[i].hours * HOUR : 0);
        SSL_CTX_free(tls);
        identity_free(identity);
    }
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof(path), "%s/tls.crt", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/tls.key", folder);
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_self_signed), cmocka_unit_test(test_ca),
        cmocka_unit_test(test_ca_ended),    cmocka_unit_test(test_files),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests_name("identity", tests, setup, teardown);
}
