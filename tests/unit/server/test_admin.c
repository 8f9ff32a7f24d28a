// The metrics' text over many scrapes: always complete, and made in one place, so that the heap
// does not grow with the number of scrapes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/rules.h"
#include "server/admin.h"

#include <stdlib.h>
#include <unistd.h>

enum { SCRAPES = 2000 };

struct fixture {
    struct log *log;
    struct metrics *metrics;
    struct admin admin;
};

static void fixture_make(struct fixture *fixture)
{
    struct error error = {0};
    fixture->log = log_new(STDERR_FILENO, LOG_FORMAT_JSON, LOG_LEVEL_INFO, 1, &error);
    fixture->metrics = metrics_new(&rules_table, 1);
    assert_non_null(fixture->log);
    assert_non_null(fixture->metrics);
    fixture->admin = (struct admin){.metrics = fixture->metrics, .log = fixture->log};
}

static void fixture_clear(struct fixture *fixture)
{
    fclose(fixture->admin.stream);
    free(fixture->admin.text);
    metrics_free(fixture->metrics);
    log_free(fixture->log);
}

static struct slice scrape(struct fixture *fixture)
{
    struct http_request request = {.method = SLICE("GET"), .path = SLICE("/metrics")};
    struct http_answer answer = {0};
    admin_answer(&fixture->admin, 0, &request, &answer);
    assert_int_equal(answer.status, 200);
    return answer.body;
}

// What a stream of its own gets.
static void check_whole(struct fixture *fixture)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    metrics_write(fixture->metrics, log_dropped(fixture->log), stream);
    assert_int_equal(fclose(stream), 0);
    struct slice got = scrape(fixture);
    assert_true(slice_equal(got, (struct slice){text, size}));
    free(text);
}

static void test_whole(void **state)
{
    struct fixture fixture;
    struct http_notice opened = {.event = HTTP_OPENED}, closed = {.event = HTTP_CLOSED};
    (void)state;
    fixture_make(&fixture);
    check_whole(&fixture);
    size_t size = scrape(&fixture).size;
    for (unsigned i = 0; i < 10; i++)
        metrics_notice(fixture.metrics, 0, &opened);
    check_whole(&fixture);
    assert_true(scrape(&fixture).size > size);
    size = scrape(&fixture).size;
    metrics_notice(fixture.metrics, 0, &closed);
    check_whole(&fixture); // 9 connections have one digit less
    assert_true(scrape(&fixture).size < size);
    fixture_clear(&fixture);
}

static void count_all(struct metrics *metrics)
{
    for (int event = 0; event < HTTP_EVENTS_COUNT; event++)
        metrics_notice(metrics, 0, &(struct http_notice){.event = (enum http_event)event});
}

static void test_stays_in_place(void **state)
{
    struct fixture fixture;
    const char *place = NULL;
    size_t shortest = SIZE_MAX, longest = 0;
    unsigned moves = 0;
    (void)state;
    fixture_make(&fixture);
    for (unsigned i = 0; i < SCRAPES; i++) {
        count_all(fixture.metrics);
        struct slice text = scrape(&fixture);
        moves += text.data != place;
        place = text.data;
        shortest = text.size < shortest ? text.size : shortest;
        longest = text.size > longest ? text.size : longest;
    }
    assert_true(longest > shortest + 16); // malloc's step
    assert_in_range(moves, 1, 2);         // the first, and one more if it outgrows its buffer
    fixture_clear(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_stays_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
