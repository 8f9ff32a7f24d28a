// Every real AdmissionReview of the corpus under every shipped policy: the patch applies, the
// result keeps the API's rules and the user's values, and evenkeel's own output gets no second
// patch. Skipped without the corpus.
#include <dirent.h>

#include "tests/unit/engine_fixture.h"

static const char *const policies[] = {
    "default",
    "docs/examples/policies/alibaba-terway.yaml",
    "docs/examples/policies/alibaba-flannel-cluster.yaml",
    "docs/examples/policies/alibaba-flannel-local.yaml",
    "docs/examples/policies/articles.yaml",
    "docs/examples/policies/hsf-shutdown.yaml",
};

enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

static struct {
    unsigned reviews, patched, refed, extended;
} figures;

static const char *corpus_reviews(void)
{
    static char path[4096];
    const char *shared = getenv("SHARED");
    snprintf(path, sizeof(path), "%s/corpus/reviews", shared ? shared : "../shared");
    DIR *folder = opendir(path);
    if (folder == NULL)
        return NULL;
    closedir(folder);
    return path;
}

static json_t *at(json_t *value, const char *path)
{
    char copy[256];
    snprintf(copy, sizeof(copy), "%s", path);
    for (char *key = strtok(copy, "."); key && value; key = strtok(NULL, "."))
        value = json_object_get(value, key);
    return value;
}

static long long number(json_t *value, long long otherwise)
{
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

// Places that evenkeel may write, as prefixes. An index or a key may follow.
static bool may_change(const char *path)
{
    static const char *const allowed[] = {
        "/metadata/annotations",
        "/spec/minReadySeconds",
        "/spec/progressDeadlineSeconds",
        "/spec/strategy/rollingUpdate",
        "/spec/updateStrategy/rollingUpdate",
        "/spec/externalTrafficPolicy",
        "/spec/template/metadata/labels/version",
        "/spec/template/metadata/annotations/proxy.istio.io/config",
        "/spec/template/metadata/annotations/config.alpha.linkerd.io",
        "/spec/template/metadata/annotations/config.linkerd.io",
        "/spec/template/metadata/annotations/dapr.io",
        "/spec/template/spec/terminationGracePeriodSeconds",
        "/spec/template/spec/affinity",
        "/spec/template/spec/readinessGates",
    };
    static const char *const of_container[] = {"/readinessProbe", "/livenessProbe", "/startupProbe",
                                               "/lifecycle"};
    const char *containers = "/spec/template/spec/containers/";
    if (strcmp(path, "/spec/template/metadata/annotations") == 0) // a map that was not there
        return true;
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        if (strncmp(path, allowed[i], strlen(allowed[i])) == 0)
            return true;
    if (strncmp(path, containers, strlen(containers)) != 0)
        return false;
    const char *field = strchr(path + strlen(containers), '/');
    for (size_t i = 0; field && i < 4; i++)
        if (strncmp(field, of_container[i], strlen(of_container[i])) == 0)
            return true;
    return false;
}

// Each difference is at a place that evenkeel may write, and nothing was removed.
static void check_differences(json_t *before, json_t *after, const char *path)
{
    if (json_equal(before, after))
        return;
    char below[2048];
    if (json_is_object(before) && json_is_object(after)) {
        const char *key;
        json_t *member;
        json_object_foreach(after, key, member)
        {
            snprintf(below, sizeof(below), "%s/%s", path, key);
            check_differences(json_object_get(before, key), member, below);
        }
        json_object_foreach(before, key, member) assert_non_null(json_object_get(after, key));
    } else if (json_is_array(before) && json_is_array(after) &&
               json_array_size(before) == json_array_size(after)) {
        for (size_t i = 0; i < json_array_size(before); i++) {
            snprintf(below, sizeof(below), "%s/%zu", path, i);
            check_differences(json_array_get(before, i), json_array_get(after, i), below);
        }
    } else if (!may_change(path)) {
        fail_msg("changed outside evenkeel's places: %s", path);
    }
}

static void check_probe(json_t *container, const char *name)
{
    static const char *const handlers[] = {"httpGet", "tcpSocket", "grpc", "exec"};
    json_t *probe = json_object_get(container, name);
    int count = 0;
    if (probe == NULL)
        return;
    for (int i = 0; i < 4; i++)
        count += json_object_get(probe, handlers[i]) != NULL;
    assert_int_equal(count, 1);
    if (strcmp(name, "readinessProbe") != 0)
        assert_int_equal(number(json_object_get(probe, "successThreshold"), 1), 1);
    json_t *port = at(probe, "tcpSocket.port");
    if (json_is_integer(port))
        assert_in_range(json_integer_value(port), 1, 65535);
}

static void check_container(json_t *container, long long grace)
{
    check_probe(container, "readinessProbe");
    check_probe(container, "livenessProbe");
    check_probe(container, "startupProbe");
    json_t *sleep = at(container, "lifecycle.preStop.sleep.seconds");
    if (sleep != NULL)
        assert_in_range(number(sleep, -1), 1, grace);
}

static bool is_zero(json_t *count)
{
    return (json_is_integer(count) && json_integer_value(count) == 0) ||
           (json_is_string(count) && strcmp(json_string_value(count), "0%") == 0);
}

// The rules of the API's validation that a mutation could break.
static void check_workload(json_t *before, json_t *after)
{
    json_t *pod = at(after, "spec.template.spec");
    long long grace = number(json_object_get(pod, "terminationGracePeriodSeconds"), 30);
    assert_true(grace >=
                number(at(before, "spec.template.spec.terminationGracePeriodSeconds"), 30));
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(pod, "containers"), index, container)
        check_container(container, grace);
    json_t *rolling = at(after, "spec.strategy.rollingUpdate");
    if (rolling != NULL) {
        const char *type = json_string_value(at(after, "spec.strategy.type"));
        assert_string_equal(type, "RollingUpdate");
        assert_false(is_zero(json_object_get(rolling, "maxSurge")) &&
                     is_zero(json_object_get(rolling, "maxUnavailable")));
    }
    long long deadline = number(at(after, "spec.progressDeadlineSeconds"), 600);
    assert_true(number(at(after, "spec.minReadySeconds"), 0) < deadline);
    assert_true(json_equal(at(before, "spec.selector"), at(after, "spec.selector")));
    if (at(before, "spec.replicas") != NULL)
        assert_true(json_equal(at(before, "spec.replicas"), at(after, "spec.replicas")));
}

// A container and an annotation, as a mesh's webhook adds them between evenkeel's two calls.
static void add_sidecar(json_t *object)
{
    json_t *containers = at(object, "spec.template.spec.containers");
    if (containers == NULL)
        return;
    json_array_append_new(containers, json_pack("{s:s,s:s,s:[{s:i,s:s}]}", "name", "istio-proxy",
                                                "image", "proxyv2:1", "ports", "containerPort",
                                                15090, "protocol", "TCP"));
    json_t *metadata = at(object, "spec.template.metadata");
    json_t *annotations = json_object_get(metadata, "annotations");
    if (!json_is_object(annotations)) {
        json_object_set_new(metadata, "annotations", json_object());
        annotations = json_object_get(metadata, "annotations");
    }
    json_object_set_new(annotations, "sidecar.istio.io/status", json_string("{}"));
}

static void expect_no_patch(struct scratch *scratch, const struct policy *policy, json_t *review)
{
    char *body = json_dumps(review, JSON_COMPACT);
    struct admission admission;
    struct answered answered = fixture_admit(scratch, policy, slice_of(body), &admission);
    if (answered.patch != NULL) {
        char *patch = json_dumps(answered.patch, JSON_INDENT(1));
        print_error("fed again it gives a patch: %s\n", patch);
        free(patch);
    }
    assert_null(answered.patch);
    answered_clear(&answered);
    free(body);
}

static void check_refed(struct scratch *scratch, const struct policy *policy, json_t *review,
                        json_t *result)
{
    json_t *again = json_deep_copy(review);
    json_t *request = json_object_get(again, "request");
    json_object_set_new(request, "object", json_deep_copy(result));
    expect_no_patch(scratch, policy, again);
    figures.refed++;
    if (json_is_null(json_object_get(request, "oldObject"))) {
        add_sidecar(json_object_get(request, "object"));
        expect_no_patch(scratch, policy, again);
        figures.extended++;
    }
    json_decref(again);
}

static void check_review(struct scratch *scratch, const struct policy *policy, struct slice body,
                         json_t *review, bool valid)
{
    json_t *request = json_object_get(review, "request");
    json_t *object = json_object_get(request, "object");
    struct admission admission;
    struct answered answered = fixture_admit(scratch, policy, body, &admission);
    assert_non_null(answered.response);
    assert_string_equal(json_string_value(json_object_get(answered.response, "uid")),
                        json_string_value(json_object_get(request, "uid")));
    assert_true(json_is_true(json_object_get(answered.response, "allowed")));
    figures.reviews++;
    if (answered.patch != NULL) {
        json_t *result = fixture_apply(object, answered.patch);
        figures.patched++;
        check_differences(object, result, "");
        if (valid && at(result, "spec.template") != NULL)
            check_workload(object, result);
        if (valid)
            check_refed(scratch, policy, review, result);
        json_decref(result);
    }
    answered_clear(&answered);
}

// The apiserver's own verdicts, by review. A review that it refused does not have to keep its
// rules.
static bool was_accepted(struct slice index, const char *review)
{
    const char *line = memmem(index.data, index.size, review, strlen(review));
    const char *end = line ? memchr(line, '\n', index.size - (size_t)(line - index.data)) : NULL;
    return end != NULL && end[-3] == '2';
}

static void check_policy(const char *folder, const char *name)
{
    struct policy *policy = fixture_policy(name);
    assert_non_null(policy);
    struct scratch *scratch = scratch_new();
    char path[4352];
    snprintf(path, sizeof(path), "%s/index.tsv", folder);
    struct slice index = fixture_read(path);
    DIR *reviews = opendir(folder);
    memset(&figures, 0, sizeof(figures));
    for (struct dirent *entry = readdir(reviews); entry; entry = readdir(reviews)) {
        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        struct slice body = fixture_read(path);
        json_t *review = json_loadb(body.data, body.size, JSON_ALLOW_NUL, NULL);
        if (review != NULL)
            check_review(scratch, policy, body, review, was_accepted(index, entry->d_name));
        json_decref(review);
        free((char *)body.data);
    }
    closedir(reviews);
    print_message("# %s: %u reviews, %u patched, %u fed again, %u also extended by a sidecar\n",
                  name, figures.reviews, figures.patched, figures.refed, figures.extended);
    // The corpus has no object that hsf-shutdown.yaml selects.
    bool selective = strstr(name, "hsf-shutdown") != NULL;
    assert_true(figures.reviews > 1000 && (figures.patched > 0 || selective));
    free((char *)index.data);
    scratch_free(scratch);
    policy_free(policy);
}

static void test_policy(void **state)
{
    const char *folder = corpus_reviews();
    if (folder == NULL)
        skip();
    check_policy(folder, *state);
}

int main(void)
{
    struct CMUnitTest tests[POLICIES];
    if (corpus_reviews() == NULL)
        print_message("# no corpus beside the project: its tests are skipped\n");
    for (size_t i = 0; i < POLICIES; i++)
        tests[i] = (struct CMUnitTest){policies[i], test_policy, NULL, NULL, (void *)policies[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
