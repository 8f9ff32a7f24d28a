// What the commands on a live cluster read: times, command lines, Kubernetes' JSON, Prometheus'
// answers.
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster/clock.h"
#include "cluster/difference.h"
#include "cluster/document.h"
#include "cluster/flags.h"
#include "cluster/gate.h"
#include "cluster/process.h"

static void test_times(void **state)
{
    static const struct {
        const char *text;
        double seconds; // -1: none
    } cases[] = {{"90", 90},  {"90s", 90},  {"5m", 300}, {"1h30m", 5400}, {"0.5s", 0.5},
                 {"", -1},    {"5x", -1},   {"-5s", -1}, {"m", -1},       {"nan", -1},
                 {"5m ", -1}, {"1e99", -1}, {"inf", -1}, {"+5s", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double seconds = -1;
        clock_parse(cases[i].text, &seconds, NULL);
        if (seconds < cases[i].seconds || seconds > cases[i].seconds)
            fail_msg("%s: %g", cases[i].text, seconds);
    }
    assert_int_equal(clock_epoch("1970-01-02T00:00:01Z"), 86401);
    assert_int_equal(clock_epoch("yesterday"), -1);
    assert_int_equal(clock_epoch(NULL), -1);
}

struct given {
    struct flags flags;
    bool wide;
    int64_t number;
    double time, limit;
};

static const struct flag table[] = {
    {"wide", 'w', FLAG_SWITCH, offsetof(struct given, wide), NULL, "wide"},
    {"number", 0, FLAG_NUMBER, offsetof(struct given, number), "N", "number"},
    {"time", 't', FLAG_SECONDS, offsetof(struct given, time), "TIME", "time"},
    {"limit", 0, FLAG_DECIMAL, offsetof(struct given, limit), "NUMBER", "limit"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

static int read_line(struct given *given, struct error *error, const char *line)
{
    char *argv[16], *copy = strdup(line), *rest = NULL;
    int argc = 0, status;

    *given = (struct given){0};
    *error = (struct error){0};
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    argv[argc] = NULL;
    status = flags_read(argc, argv, table, &given->flags, error);
    free(copy);
    return status;
}

static void test_flags(void **state)
{
    static const char *const wrong[] = {"get --wide=yes",    "get --number",    "get --number=x",
                                        "get --wid",         "get -x",          "get --time=5x",
                                        "get -o yaml",       "get --limit=nan", "get --limit=-inf",
                                        "get --limit=1e999", "get --limit=5x"};
    struct given settings;
    struct error error;

    (void)state;
    assert_int_equal(read_line(&settings, &error, "get web -w --number 7 -t5m --context=a -n shop"),
                     0);
    assert_true(settings.wide);
    assert_int_equal(settings.number, 7);
    assert_true(settings.time > 299 && settings.time < 301);
    assert_int_equal(settings.flags.word_count, 1);
    assert_int_equal(settings.flags.kubectl.option_count, 2);
    assert_string_equal(settings.flags.kubectl.options[0], "--context=a");
    assert_string_equal(settings.flags.kubectl.options[1], "--namespace=shop");
    flags_clear(&settings.flags);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(read_line(&settings, &error, wrong[i]), -1);
        assert_true(error.set);
        flags_clear(&settings.flags);
    }
    assert_int_equal(read_line(&settings, &error, "get --limit -0.5"), 0);
    assert_true(settings.limit < -0.4 && settings.limit > -0.6);
    flags_clear(&settings.flags);
    assert_int_equal(read_line(&settings, &error, "get -- -w"), 0);
    assert_false(settings.wide);
    flags_clear(&settings.flags);
}

static void expect_selector(const char *json, const char *expected)
{
    json_t *selector = json_loads(json, 0, NULL);
    char *text = document_selector(selector);

    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(text);
    free(text);
    json_decref(selector);
}

static void test_documents(void **state)
{
    json_t *object = json_loads("{\"metadata\":{\"name\":\"web\",\"labels\":{\"a.b/c\":\"1\"},"
                                "\"ownerReferences\":[{\"uid\":\"x\"},{\"uid\":\"y\","
                                "\"controller\":true}]},\"n\":5}",
                                0, NULL);

    (void)state;
    assert_string_equal(document_text(object, "metadata/name"), "web");
    assert_string_equal(document_text(object, "metadata/labels|a.b/c"), "1");
    assert_string_equal(document_text(object, "metadata/labels|a.b"), "");
    assert_string_equal(document_text(object, "spec/replicas"), "");
    assert_int_equal(document_number(object, "n"), 5);
    assert_int_equal(document_number(NULL, "n"), 0);
    assert_true(document_is_owned_by(object, "y"));
    assert_false(document_is_owned_by(object, "x"));
    json_decref(object);
    expect_selector("{\"matchLabels\":{\"app\":\"web\"},\"matchExpressions\":[{\"key\":\"tier\","
                    "\"operator\":\"In\",\"values\":[\"a\",\"b\"]},{\"key\":\"x\",\"operator\":"
                    "\"DoesNotExist\"},{\"key\":\"y\",\"operator\":\"Exists\"},{\"key\":\"z\","
                    "\"operator\":\"NotIn\",\"values\":[\"c\"]}]}",
                    "app=web,tier in (a,b),!x,y,z notin (c)");
    expect_selector("{}", NULL);
    expect_selector("[]", NULL);
}

static enum gate_result answer(double above, double below, const char *result)
{
    struct drive_settings settings = {.fail_above = above, .fail_below = below};
    char text[512];

    snprintf(text, sizeof(text), "{\"status\":\"success\",\"data\":%s}", result);
    return gate_answer(&settings, text, strlen(text), NULL);
}

#define VECTOR(values) "{\"resultType\":\"vector\",\"result\":[" values "]}"
#define SAMPLE(value) "{\"metric\":{},\"value\":[1732833841.7,\"" value "\"]}"

static void test_answers(void **state)
{
    struct drive_settings settings = {.fail_above = 1, .fail_below = NAN};
    const char *refused = "{\"status\":\"error\",\"error\":\"parse error\"}";

    (void)state;
    assert_int_equal(answer(0.01, NAN, VECTOR(SAMPLE("0.005"))), GATE_PASSED);
    assert_int_equal(answer(0.01, NAN, VECTOR(SAMPLE("0.005") "," SAMPLE("0.02"))), GATE_FAILED);
    assert_int_equal(answer(NAN, 5, VECTOR(SAMPLE("4") "," SAMPLE("9"))), GATE_FAILED);
    assert_int_equal(answer(NAN, 5, VECTOR(SAMPLE("6"))), GATE_PASSED);
    assert_int_equal(answer(1, NAN, VECTOR(SAMPLE("+Inf"))), GATE_FAILED);
    assert_int_equal(answer(1, NAN, VECTOR(SAMPLE("NaN"))), GATE_UNKNOWN);
    assert_int_equal(answer(1, NAN, VECTOR("")), GATE_UNKNOWN);
    assert_int_equal(answer(1, NAN, "{\"resultType\":\"scalar\",\"result\":[1732833841.7,\"3\"]}"),
                     GATE_FAILED);
    assert_int_equal(gate_answer(&settings, refused, strlen(refused), NULL), GATE_UNKNOWN);
    assert_int_equal(gate_answer(&settings, "<html>", 6, NULL), GATE_UNKNOWN);
}

static void test_long_query(void **state)
{
    static char query[33 * 1024];
    struct drive_settings settings = {.query = query, .prometheus = "a/b:1", .fail_above = 1};
    struct workload workload = {.namespace = "shop", .name = "web"};
    struct versions versions = {0};
    struct kubectl kubectl = {0};
    struct error why = {0};

    (void)state;
    memset(query, 'x', sizeof(query) - 1);
    assert_int_equal(gate_query(&kubectl, &settings, &workload, &versions, &why), GATE_UNKNOWN);
    assert_string_equal(why.text, "the query takes more than 32 KiB, with the names of all pods");
}

static void test_difference(void **state)
{
    json_t *before = json_loads("{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"1\"},"
                                "{\"name\":\"gone\"}],\"x\":[1,2]}}",
                                0, NULL);
    json_t *after = json_loads("{\"spec\":{\"containers\":[{\"name\":\"new\"},{\"name\":\"a\","
                               "\"image\":\"2\"}],\"x\":[1,3]}}",
                               0, NULL);
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    assert_int_equal(difference(stream, NULL, before, after), 4);
    fclose(stream);
    assert_string_equal(text,
                        "- spec.containers[a].image: \"1\"\n+ spec.containers[a].image: \"2\"\n"
                        "- spec.containers[gone]: {\"name\":\"gone\"}\n"
                        "+ spec.containers[new]: {\"name\":\"new\"}\n"
                        "- spec.x: [1,2]\n+ spec.x: [1,3]\n");
    assert_int_equal(difference(NULL, NULL, before, before), 0);
    free(text);
    json_decref(before);
    json_decref(after);
}

static void test_processes(void **state)
{
    const char *const environment[] = {"EVENKEEL_STEP=2", NULL};
    struct process process;
    struct error error = {0};

    (void)state;
    assert_int_equal(process_run(&process,
                                 (const char *const[]){
                                     "sh", "-c", "echo $EVENKEEL_STEP; echo e >&2; exit 3", NULL},
                                 environment, 0, NULL),
                     0);
    assert_int_equal(process.status, 3);
    assert_string_equal(process.output, "2\n");
    assert_string_equal(process.errors, "e\n");
    process_clear(&process);
    assert_int_equal(
        process_run(&process, (const char *const[]){"sh", "-c", "kill -9 $$", NULL}, NULL, 0, NULL),
        0);
    assert_int_equal(process.status, 137);
    process_clear(&process);
    assert_int_equal(
        process_run(&process, (const char *const[]){"sleep", "60", NULL}, NULL, 0.1, &error), -1);
    assert_string_equal(error.text, "sleep: it took too long");
    error = (struct error){0};
    assert_int_equal(
        process_run(&process, (const char *const[]){"evenkeel-no-such", NULL}, NULL, 0, &error),
        -1);
    assert_string_equal(error.text, "evenkeel-no-such: it is not in PATH");
}

typedef int (*runner)(struct process *, const char *const *, const char *const *, double,
                      struct error *);

// Runs a line of the shell, which must end within `most` seconds.
static int run_line(runner run, const char *line, double seconds, double most,
                    struct process *process, struct error *error)
{
    double begun = clock_now();
    int failed;

    *error = (struct error){0};
    failed = run(process, (const char *const[]){"sh", "-c", line, NULL}, NULL, seconds, error);
    if (clock_now() - begun > most)
        fail_msg("%s: %.1f s", line, clock_now() - begun);
    return failed;
}

static void test_background(void **state)
{
    static const runner runners[] = {process_run, process_run_group};
    struct process process;
    struct error error;
    int pipes[2];

    (void)state;
    for (size_t i = 0; i < sizeof(runners) / sizeof(runners[0]); i++) {
        assert_int_equal(
            run_line(runners[i], "sleep 4 & echo checked; exit 3", 30, 3, &process, &error), 0);
        assert_int_equal(process.status, 3);
        assert_string_equal(process.output, "checked\n");
        process_clear(&process);
    }
    assert_int_equal(run_line(process_run, "sleep 4 & head -c 60000 /dev/zero | tr '\\0' x", 30, 3,
                              &process, &error),
                     0);
    assert_int_equal(process.output_size, 60000);
    process_clear(&process);
    // What the check leaves has the pipe too, so the pipe ends with it.
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(run_line(process_run_group, "sleep 60 & exit 0", 30, 3, &process, &error), 0);
    process_clear(&process);
    close(pipes[1]);
    assert_int_equal(poll(&(struct pollfd){.fd = pipes[0]}, 1, 5000), 1);
    close(pipes[0]);
}

static void test_stubborn(void **state)
{
    struct process process;
    struct error error;

    (void)state;
    assert_int_equal(run_line(process_run, "trap '' TERM; sleep 20", 0.2, 10, &process, &error),
                     -1);
    assert_string_equal(error.text, "sh: it took too long");
    assert_int_equal(run_line(process_run, "exec >&- 2>&-; sleep 20", 0.2, 10, &process, &error),
                     -1);
    assert_string_equal(error.text, "sh: it took too long");
    assert_int_equal(run_line(process_run_group, "sleep 0.1; exit 5", 1e10, 3, &process, &error),
                     0);
    assert_int_equal(process.status, 5);
    process_clear(&process);
    signal(SIGCHLD, SIG_IGN);
    assert_int_equal(run_line(process_run, "exit 3", 0, 3, &process, &error), 0);
    assert_int_equal(process.status, 3);
    process_clear(&process);
}

static void hear(int number)
{
    (void)number;
}

static void test_interrupted(void **state)
{
    struct sigaction action = {.sa_handler = hear};
    struct itimerval soon = {.it_value = {.tv_usec = 300000}};
    struct process process;
    struct error error;

    (void)state;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(run_line(process_run_group, "sleep 20", 0, 10, &process, &error), -1);
    assert_string_equal(error.text, "sh: it was interrupted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),       cmocka_unit_test(test_flags),
        cmocka_unit_test(test_documents),   cmocka_unit_test(test_answers),
        cmocka_unit_test(test_difference),  cmocka_unit_test(test_processes),
        cmocka_unit_test(test_background),  cmocka_unit_test(test_stubborn),
        cmocka_unit_test(test_interrupted), cmocka_unit_test(test_long_query),
    };
    return cmocka_run_group_tests_name("cluster", tests, NULL, NULL);
}
