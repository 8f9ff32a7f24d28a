// What the tests of certificates share: a fixed time, plans, and makers that cannot fail.
#ifndef EVENKEEL_TESTS_UNIT_CERTS_FIXTURE_H
#define EVENKEEL_TESTS_UNIT_CERTS_FIXTURE_H

#include "certs/certs.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DAY = 86400 };

static const time_t now = 1800000000; // 2027-01-15T08:00:00Z
static const char *const service[] = {"evenkeel.a.svc", "evenkeel.a.svc.cluster.local"};

#define PLAN(list, days)                                                                           \
    (&(struct certificate_plan){(list), sizeof(list) / sizeof((list)[0]), now,                     \
                                (days) * (int64_t)DAY})

static inline struct certificate *make_ca(const struct certificate_plan *plan)
{
    struct error error = {0};
    struct certificate *ca = certificate_new_ca(plan, &error);
    if (!ca)
        fail_msg("%s", error.text);
    return ca;
}

static inline struct certificate *make_leaf(const struct certificate *ca,
                                            const struct certificate_plan *plan)
{
    struct error error = {0};
    struct certificate *leaf = certificate_new_leaf(ca, plan, &error);
    if (!leaf)
        fail_msg("%s", error.text);
    return leaf;
}

static inline void assert_says(const struct error *error, const char *reason)
{
    assert_true(error->set);
    if (!strstr(error->text, reason))
        fail_msg("'%s' does not say '%s'", error->text, reason);
    assert_int_equal(ERR_peek_error(), 0);
}

#endif
