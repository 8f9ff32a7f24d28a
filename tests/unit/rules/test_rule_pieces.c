// Code that rules share, and parts with their own logic: ports, names, versions, counts and
// findings.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "object/names.h"
#include "rules/fill.h"
#include "rules/version.h"
#include "run/surge.h"
#include "signs/ports.h"

struct fixture {
    struct arena *arena;
    struct tape tape;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.arena = arena_new(1024 * 1024)};
    *state = &fixture;
    return fixture.arena ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tape_clear(&fixture->tape);
    arena_free(fixture->arena);
    return 0;
}

static struct value read(struct fixture *fixture, const char *json)
{
    assert_int_equal(tape_parse(&fixture->tape, slice_of(json), TAPE_FULL, NULL), 0);
    return value_root(&fixture->tape);
}

static void test_choose_port(void **state)
{
    static const struct {
        const char *ports;
        enum reason reason;
        int32_t number;
    } cases[] = {
        {"null", REASON_NO_PORT, 0},
        {"[]", REASON_NO_PORT, 0},
        {"[{\"containerPort\":0},{\"containerPort\":65536},{}]", REASON_NO_PORT, 0},
        {"[{\"containerPort\":53,\"protocol\":\"UDP\"}]", REASON_NO_TCP_PORT, 0},
        {"[{\"containerPort\":9,\"protocol\":\"SCTP\"}]", REASON_NO_TCP_PORT, 0},
        {"[{\"containerPort\":8080}]", REASON_NONE, 8080},
        {"[{\"containerPort\":65535,\"protocol\":null}]", REASON_NONE, 65535},
        {"[{\"containerPort\":53,\"protocol\":\"UDP\"},{\"containerPort\":54,\"protocol\":\"TCP\"}"
         "]",
         REASON_NONE, 54},
        {"[{\"containerPort\":80},{\"containerPort\":90}]", REASON_PORT_AMBIGUOUS, 0},
        {"[{\"containerPort\":80,\"name\":\"a\"},{\"containerPort\":80,\"name\":\"b\"}]",
         REASON_NONE, 80},
        {"[{\"containerPort\":1,\"name\":\"grpc\"},{\"containerPort\":2,\"name\":\"https\"},"
         "{\"containerPort\":3,\"name\":\"web\"},{\"containerPort\":4,\"name\":\"http\"}]",
         REASON_NONE, 4},
        {"[{\"containerPort\":1,\"name\":\"grpc\"},{\"containerPort\":2,\"name\":\"https\"},"
         "{\"containerPort\":3,\"name\":\"web\"}]",
         REASON_NONE, 3},
        {"[{\"containerPort\":1,\"name\":\"metrics\"},{\"containerPort\":2,\"name\":\"grpc\"}]",
         REASON_NONE, 2},
        {"[{\"containerPort\":1,\"name\":\"http\",\"protocol\":\"UDP\"},"
         "{\"containerPort\":2},{\"containerPort\":3}]",
         REASON_PORT_AMBIGUOUS, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = *state;
        struct port port = {.number = -1};

        assert_string_equal(
            reason_name(ports_choose(read(fixture, cases[i].ports), NULL, fixture->arena, &port)),
            reason_name(cases[i].reason));
        assert_int_equal(port.number, cases[i].number ? cases[i].number : -1);
    }
}

static void test_find_port(void **state)
{
    struct fixture *fixture = *state;
    struct value ports =
        read(fixture, "[{\"containerPort\":53,\"protocol\":\"UDP\",\"name\":\"dns\"},"
                      "{\"containerPort\":8080,\"name\":\"web\"}]");
    struct port port = {.number = -1};

    assert_int_equal(ports_find(ports, SLICE("9"), fixture->arena, &port),
                     REASON_PORT_NOT_DECLARED);
    assert_int_equal(ports_find(ports, SLICE("53"), fixture->arena, &port),
                     REASON_PORT_NOT_DECLARED);
    assert_int_equal(ports_find(ports, SLICE("dns"), fixture->arena, &port),
                     REASON_PORT_NOT_DECLARED);
    assert_int_equal(port.number, -1);
    assert_int_equal(ports_find(ports, SLICE("web"), fixture->arena, &port), REASON_NONE);
    assert_int_equal(port.number, 8080);
    assert_int_equal(ports_find(ports, SLICE("8080"), fixture->arena, &port), REASON_NONE);
    assert_true(slice_is(port.name, "web"));
    assert_int_equal(ports_find(read(fixture, "[]"), SLICE("8080"), fixture->arena, &port),
                     REASON_NO_PORT);
}

static void test_image_version(void **state)
{
    static const char *const cases[][2] = {
        {"nginx", ""},
        {"", ""},
        {"nginx:", ""},
        {"nginx:1.25", "1.25"},
        {"registry:5000/nginx", ""},
        {"registry:5000/team/nginx:v1", "v1"},
        {"nginx@sha256:0123", ""},
        {"nginx:1.25@sha256:0123", "1.25"},
        {"registry:5000/nginx@sha256:0123", ""},
        {":tag", "tag"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice version = version_of_image(slice_of(cases[i][0]));

        assert_int_equal(version.size, strlen(cases[i][1]));
        assert_true(slice_is(version, cases[i][1]));
    }
    assert_int_equal(version_of_image((struct slice){NULL, 0}).size, 0);
}

#define NAME_63 "a23456789012345678901234567890123456789012345678901234567890123"

static void test_names(void **state)
{
    (void)state;
    static const char *const values[] = {"", "a", "1.0", "v1_2-3.x", "A", NAME_63};
    static const char *const no_values[] = {"-a",  "a-",  ".a", "a.",  "a b",
                                            "a/b", "a\n", "é",  "a+b", NAME_63 "x"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_true(names_is_label_value(slice_of(values[i])));
    for (size_t i = 0; i < sizeof(no_values) / sizeof(no_values[0]); i++)
        assert_false(names_is_label_value(slice_of(no_values[i])));

    static const char *const keys[] = {"version", "app.kubernetes.io/version", "a/B_c.d", "x-1.y/z",
                                       "a/" NAME_63};
    static const char *const no_keys[] = {"",     "/a",     "a/",    "a/b/c",
                                          "A/b",  ".a/b",   "a./b",  "a..b/c",
                                          "-a/b", "a-.b/c", "a_b/c", "a/" NAME_63 "x"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_true(names_is_qualified(slice_of(keys[i])));
    for (size_t i = 0; i < sizeof(no_keys) / sizeof(no_keys[0]); i++)
        assert_false(names_is_qualified(slice_of(no_keys[i])));
    assert_false(names_is_qualified((struct slice){NULL, 0}));

    assert_true(names_is_port(SLICE("http")));
    assert_true(names_is_port(SLICE("8080-tcp")));
    assert_true(names_is_port(SLICE("a23456789012345")));
    static const char *const no_ports[] = {"",     "8080", "-http", "http-",
                                           "a--b", "Http", "a_b",   "a234567890123456"};

    for (size_t i = 0; i < sizeof(no_ports) / sizeof(no_ports[0]); i++)
        assert_false(names_is_port(slice_of(no_ports[i])));
}

static void test_counts(void **state)
{
    struct fixture *fixture = *state;
    static const char *const zeros[] = {"0", "\"0%\"", "\"00%\""};
    static const char *const others[] = {"1",    "\"1%\"", "\"0\"", "\"%\"",
                                         "\"\"", "null",   "{}",    "-1"};

    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        assert_true(surge_is_zero(read(fixture, zeros[i]), fixture->arena));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(surge_is_zero(read(fixture, others[i]), fixture->arena));
    assert_false(surge_is_zero((struct value){&fixture->tape, 0}, fixture->arena));

    assert_int_equal(surge_rounded_down((struct int_or_percent){25, true}, 3), 0);
    assert_int_equal(surge_rounded_down((struct int_or_percent){25, true}, 4), 1);
    assert_int_equal(surge_rounded_down((struct int_or_percent){100, true}, INT32_MAX), INT32_MAX);
    assert_int_equal(surge_rounded_down((struct int_or_percent){2, false}, 1), 2);
    assert_true(slice_is(surge_json((struct int_or_percent){25, true}, fixture->arena), "\"25%\""));
    assert_true(slice_is(surge_json((struct int_or_percent){0, false}, fixture->arena), "0"));
}

// Each comes before those that say less.
static void test_combine(void **state)
{
    static const struct finding order[] = {
        {VERDICT_INJECTED, REASON_UNSET},
        {VERDICT_WOULD_INJECT, REASON_UNSET},
        {VERDICT_IGNORED, REASON_OVERRIDE_INVALID},
        {VERDICT_SKIPPED, REASON_ZERO_ZERO},
        {VERDICT_KEPT, REASON_USER_SET},
        {VERDICT_KEPT, REASON_AS_WANTED},
    };
    size_t count = sizeof(order) / sizeof(order[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i; j < count; j++) {
            assert_int_equal(fill_combine(order[i], order[j]).verdict, order[i].verdict);
            assert_int_equal(fill_combine(order[j], order[i]).reason, order[i].reason);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_choose_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_find_port, setup, teardown),
        cmocka_unit_test(test_image_version),
        cmocka_unit_test(test_names),
        cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
        cmocka_unit_test(test_combine),
    };

    return cmocka_run_group_tests_name("what rules share", tests, NULL, NULL);
}
