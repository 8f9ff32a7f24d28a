// The HTTP layer and what answers behind it, on the bytes of a connection: over a pair of sockets,
// in this thread. Of each plain request the handler sees just what a strict reader does
// (http_model.h), of an ambiguous one nothing; each request has one answer in form; nothing is
// left. The input's first byte says how many bytes arrive at a time; '0': all at once.
#include "server/http.c" // for worker_prepare() and worker_turn(): no thread

#include <stdio.h>
#include <sys/un.h>

#include "loader/load.h"
#include "rules/rules.h"
#include "server/handler.h"
#include "tests/fuzz/http_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    BODY_MAX = 64 * 1024,
    INPUT_MAX = 256 * 1024,
    OUTPUT_MAX = 1024 * 1024,
    TURNS_MAX = 1000,
    QUIET_TURNS = 4,
    LOG_INPUTS = 1000, // then the log's ring is nearly full
};

// All that one input leads to.
struct course {
    struct http_model model;
    bool unknown; // the model says no more
    bool last;    // the connection may end here
    unsigned seen;
    unsigned refused;
    unsigned began;
    unsigned ended;
    unsigned opened;
    unsigned closed;
    char output[OUTPUT_MAX + 1];
    size_t size;
};

static struct course course;
static struct worker worker;
static struct handler_state handler;
static struct snapshot *snapshot;

static void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_http: %s\n", what);
    abort();
}

static void fuzz_compare(const struct http_request *request)
{
    struct http_model_request wanted = http_model_next(&course.model);
    const char *query;

    if (wanted.kind == HTTP_MODEL_ODD) {
        course.unknown = true;
        return;
    }
    fuzz_require(wanted.kind != HTTP_MODEL_AMBIGUOUS, "an ambiguous request was seen");
    fuzz_require(wanted.kind == HTTP_MODEL_PLAIN, "a request was seen before its end");
    query = memchr(wanted.path.data, '?', wanted.path.size);
    if (query)
        wanted.path.size = (size_t)(query - wanted.path.data);
    fuzz_require(slice_equal(request->method, wanted.method), "another method");
    fuzz_require(slice_equal(request->path, wanted.path), "another path");
    fuzz_require(slice_equal(request->body, wanted.body), "another body");
    course.last = wanted.last;
}

static void fuzz_answer(void *context, unsigned index, const struct http_request *request,
                        struct http_answer *answer)
{
    struct http_request full = *request;

    full.snapshot = snapshot;
    course.seen++;
    if (!course.unknown)
        fuzz_compare(request);
    handler_answer(context, index, &full, answer);
}

static void fuzz_notice(void *context, unsigned index, const struct http_notice *notice)
{
    course.refused += notice->event == HTTP_REFUSED;
    course.began += notice->event == HTTP_BEGAN;
    course.ended += notice->event == HTTP_ENDED;
    course.opened += notice->event == HTTP_OPENED;
    course.closed += notice->event == HTTP_CLOSED;
    handler_notice(context, index, notice);
}

static int fuzz_listener(struct sockaddr_un *address, socklen_t *size)
{
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    // The kernel chooses an abstract address: no file.
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    fuzz_require(bind(listener, (struct sockaddr *)address, sizeof(sa_family_t)) == 0, "bind");
    fuzz_require(listen(listener, 16) == 0, "listen");
    *size = sizeof(*address);
    getsockname(listener, (struct sockaddr *)address, size);
    return listener;
}

static void fuzz_log(void)
{
    struct error error = {0};

    log_free(handler.log);
    handler.log = log_new(STDERR_FILENO, LOG_FORMAT_JSON, LOG_LEVEL_INFO, 1, &error);
    fuzz_require(handler.log, "no log");
}

static void fuzz_prepare(struct sockaddr_un *address, socklen_t *size)
{
    static struct http http;
    struct problems problems = {0};
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    http_prepare();
    snapshot = snapshot_new(
        shared_policy_new(policy_load(&rules_table, "default", policy_default_yaml(), &problems)),
        tls, SLICE(""));
    handler =
        (struct handler_state){.rules = &rules_table, .metrics = metrics_new(&rules_table, 1)};
    handler.scratches[0] = scratch_new();
    http.options = (struct http_options){
        .listener = fuzz_listener(address, size),
        .threads = 1,
        .body_max = BODY_MAX,
        .bodies_max = (size_t)BODY_MAX * 16,
        .connections_max = 16,
        .context = &handler,
        .answer = fuzz_answer,
        .notice = fuzz_notice,
    };
    http.workers = &worker;
    worker.http = &http;
    worker_prepare(&worker);
}

// Lets the server go on until nothing more comes of it for some turns.
static void fuzz_turn(int client)
{
    for (unsigned quiet = 0; quiet < QUIET_TURNS; quiet++) {
        ssize_t got;

        worker_turn(&worker, 0);
        got = recv(client, course.output + course.size, OUTPUT_MAX - course.size, MSG_DONTWAIT);
        if (got > 0) {
            course.size += (size_t)got;
            quiet = 0;
        }
    }
}

static void fuzz_send(int client, struct slice input, size_t step)
{
    while (input.size > 0) {
        size_t wanted = input.size < step ? input.size : step;
        ssize_t sent = send(client, input.data, wanted, MSG_NOSIGNAL | MSG_DONTWAIT);

        fuzz_turn(client);
        if (sent < 0 && errno == EAGAIN)
            continue;
        if (sent < 0)
            return; // the server has ended the connection
        input = (struct slice){input.data + sent, input.size - (size_t)sent};
    }
}

static void fuzz_talk(const struct sockaddr_un *address, socklen_t size, struct slice input,
                      size_t step)
{
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    fuzz_require(connect(client, (const struct sockaddr *)address, size) == 0, "connect");
    fuzz_turn(client);
    fuzz_send(client, input, step);
    fuzz_turn(client);
    shutdown(client, SHUT_WR);
    fuzz_turn(client);
    // What lingers would go by itself after a while.
    connections_cut(&worker, false);
    for (unsigned turns = 0; worker.count > 0 && turns < TURNS_MAX; turns++)
        fuzz_turn(client);
    close(client);
}

// Reads one answer; how many bytes it takes, 0 when it is not in form. `headless`: the request may
// have been a HEAD, whose answer has no body.
static size_t fuzz_answer_size(struct slice text, bool *final, bool headless)
{
    const char *end = memmem(text.data, text.size, "\r\n\r\n", 4);
    const char *length;
    size_t size, body;

    if (!end || text.size < 13 || memcmp(text.data, "HTTP/1.1 ", 9) != 0)
        return 0;
    size = (size_t)(end - text.data) + 4;
    *final = text.data[9] != '1';
    if (!*final)
        return size;
    length = memmem(text.data, size, "content-length: ", 16);
    if (!length)
        length = memmem(text.data, size, "Content-Length: ", 16);
    if (!length)
        return 0;
    body = strtoul(length + 16, NULL, 10);
    if (headless && (size == text.size || memcmp(text.data + size, "HTTP/1.1 ", 9) == 0))
        return size;
    return body <= text.size - size ? size + body : 0;
}

static void fuzz_judge_answers(bool headless)
{
    struct slice text = {course.output, course.size};
    unsigned count = 0, told = course.seen + course.refused;
    bool bad = false;

    while (text.size > 0) {
        bool final = false;
        size_t size = fuzz_answer_size(text, &final, headless);

        fuzz_require(size > 0, "an answer that is not in form");
        count += final;
        bad = memcmp(text.data + 9, "400", 3) == 0;
        text = (struct slice){text.data + size, text.size - size};
    }
    // Bytes that are no request libh2o answers by itself, once, and tells nobody.
    fuzz_require(count == told || (bad && count == told + 1),
                 "another number of answers than of requests");
}

static void fuzz_judge(struct slice input)
{
    bool headless = memmem(input.data, input.size, "HEAD ", 5) != NULL;

    course.output[course.size] = '\0';
    fuzz_require(course.opened == 1 || course.closed > 1, "not accepted");
    fuzz_require(course.opened == course.closed && worker.count == 0, "a connection is left");
    fuzz_require(course.began == course.ended, "a request is left");
    fuzz_judge_answers(headless);
    if (!course.unknown && !course.last)
        fuzz_require(http_model_next(&course.model).kind != HTTP_MODEL_PLAIN,
                     "a plain request was not seen");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sockaddr_un address;
    static socklen_t address_size;
    static unsigned inputs;
    struct slice input = {(const char *)data + 1, size - 1};

    if (size < 2 || size > INPUT_MAX)
        return -1;
    if (!worker.http)
        fuzz_prepare(&address, &address_size);
    if (inputs++ % LOG_INPUTS == 0)
        fuzz_log();
    course.model = (struct http_model){input, 0, BODY_MAX, malloc(input.size)};
    course.unknown = course.last = false;
    course.seen = course.refused = course.began = course.ended = course.opened = course.closed = 0;
    course.size = 0;
    fuzz_talk(&address, address_size, input, data[0] == '0' ? input.size : data[0] + 1U);
    fuzz_judge(input);
    free(course.model.chunks);
    return 0;
}
