// Heads of requests in a socket's buffer, which ends with no NUL: the body that they announce, and
// whether two parsers could disagree.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/http_internal.h"

#include <stdlib.h>
#include <string.h>

// The head alone in memory of its own size, so that ASan sees each byte that is read behind it.
static char *alone(const char *head)
{
    char *memory = malloc(strlen(head));
    assert_non_null(memory);
    return memcpy(memory, head, strlen(head));
}

#define HEAD "POST /mutate HTTP/1.1\r\n"

static void test_announced(void **state)
{
    static const struct {
        const char *head;
        size_t body;
    } cases[] = {
        {HEAD "Content-Length: 17\r\n\r\n", 17},
        {HEAD "Host: a\r\ncontent-length:17\r\n\r\n", 17},
        {HEAD "CONTENT-LENGTH: \t 17 \t\r\nHost: a\r\n\r\n", 17},
        {HEAD "Content-Length: 4294967295\r\n\r\n", 4294967295},
        {HEAD "Content-Length: 4294967296\r\n\r\n", 0},
        {HEAD "Content-Length: 99999999999999999999999\r\n\r\n", 0},
        {HEAD "Content-Length: -1\r\n\r\n", 0},
        {HEAD "Content-Length: 1 7\r\n\r\n", 0},
        {HEAD "Content-Length:\r\n\r\n", 0},
        {HEAD "Content-Length: 17\nHost: a\r\n\r\n", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *head = alone(cases[i].head);
        assert_int_equal(head_announces(head, strlen(cases[i].head)),
                         strlen(cases[i].head) + cases[i].body);
        free(head);
    }
}

static void test_not_announced(void **state)
{
    static const char *const cases[] = {
        "",
        HEAD,
        HEAD "\r\n",
        HEAD "Content-Length: 17",
        HEAD "Content-Length: 17\r\n",
        HEAD "Content-Length: 17\r\n\r",
        HEAD "Host: a\r\n\r\n",
        HEAD "X-Content-Length: 17\r\n\r\n",
        HEAD "Host: a\r\n\r\nContent-Length: 17",
        HEAD "Transfer-Encoding: chunked\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *head = alone(cases[i]);
        assert_int_equal(head_announces(head, strlen(cases[i])), 0);
        free(head);
    }
}

static void test_ambiguous(void **state)
{
    static const struct {
        const char *head;
        bool ambiguous;
    } cases[] = {
        {HEAD "Content-Length: 17\r\nHost: a\r\n\r\n", false},
        {HEAD "Content-Length: 17\r\nContent-Length: 17\r\n\r\n", true},
        {HEAD "content-length: 17\r\nTRANSFER-ENCODING: chunked\r\n\r\n", true},
        {HEAD "Host: a\r\n b\r\n\r\n", true},
        {HEAD "Host: a\r\n\tb\r\n\r\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *head = alone(cases[i].head);
        assert_int_equal(head_is_ambiguous(head, head + strlen(cases[i].head)), cases[i].ambiguous);
        free(head);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_not_announced),
        cmocka_unit_test(test_ambiguous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
