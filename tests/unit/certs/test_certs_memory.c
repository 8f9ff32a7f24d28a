// Memory that runs out inside OpenSSL: fails each allocation in turn while it makes a CA, makes a
// leaf and verifies. The call fails with a reason or does its work; it never crashes, leaks or
// accepts what it should not.
#include "tests/unit/certs_fixture.h"

#include <openssl/crypto.h>

static size_t allocations; // since the last reset
static size_t failing;     // the number of the one that fails; 0: none

static bool fails(void)
{
    return ++allocations == failing;
}

static void *failing_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : malloc(size);
}

static void *failing_realloc(void *data, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : realloc(data, size);
}

static void plain_free(void *data, const char *file, int line)
{
    (void)file, (void)line;
    free(data);
}

static const char *const other[] = {"evenkeel.b.svc"};

// Fails allocation 1, 2, ... of one call of `run`, until a call makes fewer. `run` returns whether
// it did its work.
static void fail_each(bool (*run)(struct certificate *ca, struct error *error))
{
    size_t failures = 0;
    struct error error = {0};
    struct certificate *ca = make_ca(PLAN(service, 10));
    assert_true(run(ca, &error)); // OpenSSL's one-time setup happens now
    for (size_t at = 1;; at++) {
        error = (struct error){0};
        allocations = 0;
        failing = at;
        bool done = run(ca, &error);
        failing = 0;
        failures += !done;
        assert_true(done || error.set);
        assert_int_equal(ERR_peek_error(), 0);
        if (allocations < at)
            break;
    }
    print_message("# %zu allocations, %zu of them felt\n", allocations, failures);
    assert_true(failures > 0);
    certificate_free(ca);
}

static bool run_ca(struct certificate *ca, struct error *error)
{
    (void)ca;
    struct certificate *made = certificate_new_ca(PLAN(service, 10), error);
    certificate_free(made);
    return made != NULL;
}

static bool run_leaf(struct certificate *ca, struct error *error)
{
    struct certificate *made = certificate_new_leaf(ca, PLAN(service, 1), error);
    certificate_free(made);
    return made != NULL;
}

// A name that the CA's constraints do not permit is refused even when memory runs out.
static bool run_refusal(struct certificate *ca, struct error *error)
{
    struct certificate *made = certificate_new_leaf(ca, PLAN(other, 1), error);
    assert_null(made);
    return strstr(error->text, "permitted subtree violation") != NULL;
}

static bool run_pem(struct certificate *ca, struct error *error)
{
    bool done = false;
    char *data = NULL, *secret = NULL;
    struct certificate *read = NULL;
    BIO *pem = certificate_pem(ca, error), *key = certificate_key_pem(ca, error);
    if (pem && key) {
        long size = BIO_get_mem_data(pem, &data), secret_size = BIO_get_mem_data(key, &secret);
        read = certificate_new_pem((struct slice){data, (size_t)size},
                                   (struct slice){secret, (size_t)secret_size}, error);
        done = read != NULL;
    }
    certificate_free(read);
    BIO_free(key);
    BIO_free(pem);
    return done;
}

static void test_ca(void **state)
{
    (void)state;
    fail_each(run_ca);
}

static void test_leaf(void **state)
{
    (void)state;
    fail_each(run_leaf);
}

static void test_refusal(void **state)
{
    (void)state;
    fail_each(run_refusal);
}

static void test_pem(void **state)
{
    (void)state;
    fail_each(run_pem);
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ca),
        cmocka_unit_test(test_leaf),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_pem),
    };
    return cmocka_run_group_tests_name("certs_memory", tests, NULL, NULL);
}
