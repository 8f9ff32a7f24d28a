// Runs admit(), or the server's whole handler of a request with its metrics and its log line, over
// one review again and again in one thread: for a profiler to look at, and for CPU per review
// without a transport. It checks no answer.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admit/admit.h"
#include "loader/load.h"
#include "rules/rules.h"
#include "server/handler.h"

static struct slice bench_read(const char *path)
{
    struct text text = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "admit: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    text.size = (size_t)ftell(file);
    rewind(file);
    text.data = malloc(text.size + 1);
    if (text.data == NULL || fread(text.data, 1, text.size, file) != text.size)
        exit(2);
    fclose(file);
    return (struct slice){text.data, text.size};
}

static struct policy *bench_policy(const char *path)
{
    struct problems problems = {0};
    struct slice yaml = strcmp(path, "default") == 0 ? policy_default_yaml() : bench_read(path);
    struct policy *policy = policy_load(&rules_table, path, yaml, &problems);
    if (policy == NULL) {
        fprintf(stderr, "admit: %s:%u: %s\n", path, problems.first->line, problems.first->text);
        exit(2);
    }
    return policy;
}

static double bench_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct handler_state *bench_handler(struct scratch *scratch)
{
    static struct handler_state state = {.rules = &rules_table};
    struct error error = {0};
    int null = open("/dev/null", O_WRONLY);
    state.log = log_new(null, LOG_FORMAT_JSON, LOG_LEVEL_INFO, 1, &error);
    state.metrics = metrics_new(&rules_table, 1);
    state.scratches[0] = scratch;
    if (state.log == NULL || state.metrics == NULL || log_start(state.log, &error) < 0)
        exit(2);
    return &state;
}

// One review, by the handler where there is a `state`; returns the answer's size.
static size_t bench_one(struct handler_state *state, struct scratch *scratch,
                        struct snapshot *snapshot, const struct policy *policy, struct slice body)
{
    struct admission admission;
    struct http_answer answer;
    struct http_request request = {SLICE("POST"), SLICE("/mutate"), SLICE("application/json"), body,
                                   snapshot};
    if (state == NULL) {
        admit(scratch, &rules_table, policy, body, &admission);
        return admission.response.size;
    }
    handler_answer(state, 0, &request, &answer);
    return answer.body.size;
}

int main(int argc, char **argv)
{
    if (argc < 5 || (strcmp(argv[1], "core") != 0 && strcmp(argv[1], "handler") != 0)) {
        fprintf(stderr, "usage: admit core|handler TIMES POLICY|default REVIEW...\n"
                        "prints for each review: bytes of the body, bytes of the answer, "
                        "microseconds of CPU\n");
        return 2;
    }
    long times = strtol(argv[2], NULL, 10);
    struct scratch *scratch = scratch_new();
    struct policy *policy = bench_policy(argv[3]);
    struct handler_state *state = strcmp(argv[1], "handler") == 0 ? bench_handler(scratch) : NULL;
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    struct snapshot *snapshot = snapshot_new(shared_policy_new(policy), tls, SLICE(""));
    for (int i = 4; i < argc; i++) {
        struct slice body = bench_read(argv[i]);
        size_t answered = bench_one(state, scratch, snapshot, policy, body);
        double start = bench_seconds();
        for (long turn = 0; turn < times; turn++)
            bench_one(state, scratch, snapshot, policy, body);
        double spent = bench_seconds() - start;
        printf("%s %zu %zu %.2f\n", argv[i], body.size, answered,
               times > 0 ? spent * 1e6 / (double)times : 0.0);
        free((char *)body.data);
    }
    snapshot_release(snapshot);
    scratch_free(scratch);
    return 0;
}
