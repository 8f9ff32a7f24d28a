// Random sequences of users' requests on a Deployment, with evenkeel away now and then, compared
// with a model of the users' values. Their values are never lost, a rollback and an approval leave
// the template exactly as it is, and sending their own manifest again starts nothing.
#include "tests/unit/release_fixture.h"

enum { RUNS = 60, REQUESTS = 60, VERSIONS = 4 };

static const char *const policies[] = {
    "workloads:\n  - preStop: {}\n    batches: [1, 50%]\n",
    "workloads:\n  - preStop: {sleepSeconds: 7}\n    batches: [1, 50%, 90%]\n",
};

static struct {
    int ready, deadline, surge, unavailable;
} own;
static json_t *templates[VERSIONS], *annotations[VERSIONS]; // of the ReplicaSets
static int replicas, version;
static bool forgetful; // runs that delete bookkeeping; the others change the policy
static uint32_t seed, rollbacks, held_steps, kept;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void put_own(json_t *object)
{
    put(object, "spec", "minReadySeconds", json_integer(own.ready));
    put(object, "spec", "progressDeadlineSeconds", json_integer(own.deadline));
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(own.surge));
    put(object, "spec/strategy/rollingUpdate", "maxUnavailable", json_integer(own.unavailable));
}

static const char *image_of(int number)
{
    static char image[16];
    snprintf(image, sizeof(image), "web:%d", number);
    return image;
}

static json_t *manifest(int number)
{
    json_t *object = new_deployment("Deployment", replicas);
    json_object_del(at(object, "metadata"), "annotations");
    put(object, "metadata", "annotations", json_object());
    json_object_del(at(object, "metadata"), "generation");
    put(object, "metadata", "generation", json_incref(now("metadata/generation")));
    json_object_del(object, "status");
    set_image(object, image_of(number));
    put_own(object);
    return object;
}

static void expect_own(json_t *values, const char *surge_path)
{
    json_t *pair = at(values, surge_path);
    json_t *ready = at(values, "minReadySeconds");
    assert_int_equal(ready ? json_integer_value(ready) : 0, own.ready);
    assert_int_equal(json_integer_value(at(values, "progressDeadlineSeconds")), own.deadline);
    assert_int_equal(json_integer_value(at(pair, "maxSurge")), own.surge);
    assert_int_equal(json_integer_value(at(pair, "maxUnavailable")), own.unavailable);
    assert_true(json_is_integer(at(pair, "maxSurge")));
    assert_true(json_is_integer(at(pair, "maxUnavailable")));
}

// The values are in the spec, or saved beside a hold.
static void expect_values(void)
{
    json_t *ready = now("spec/minReadySeconds");
    if (ready == NULL || json_integer_value(ready) != 2147483646) {
        assert_null(label("evenkeel.dev/held"));
        expect_own(now("spec"), "strategy/rollingUpdate");
        return;
    }
    json_t *release = bookkeeping();
    expect_own(json_object_get(release, "saved"), "");
    json_decref(release);
    held_steps++;
}

// The controller's ReplicaSet of the current version has its template and the Deployment's
// annotations. It never loses one of them.
static void note_version(void)
{
    json_decref(templates[version]);
    templates[version] = json_deep_copy(now("spec/template"));
    json_object_update(annotations[version], now("metadata/annotations"));
    put(stored, "metadata/annotations", "deployment.kubernetes.io/revision",
        json_string(image_of(version)));
}

static void push_version(void)
{
    json_t *object = edit();
    version = (int)any(VERSIONS);
    set_image(object, image_of(version));
    request(object);
}

static void approve_something(void)
{
    static const char *const words[] = {"1", "2", "3", "all", "x"};
    json_t *before = json_deep_copy(now("spec/template"));
    approve(words[any(5)]);
    assert_true(json_equal(now("spec/template"), before));
    json_decref(before);
}

static void undo_to(void)
{
    int target = (int)any(VERSIONS);
    if (templates[target] == NULL)
        return;
    version = target;
    undo(templates[target], annotations[target]);
    if (last.release != RELEASE_ROLLED_BACK)
        return;
    rollbacks++;
    assert_true(json_equal(now("spec/template"), templates[target]));
}

static void scale(void)
{
    static const int sizes[] = {0, 1, 2, 3, 6, 7, 10};
    replicas = sizes[any(7)];
    if (any(2)) { // through the scale subresource, which evenkeel does not see
        put(stored, "spec", "replicas", json_integer(replicas));
        annotate("seen", "yes");
        return;
    }
    json_t *object = edit();
    put(object, "spec", "replicas", json_integer(replicas));
    request(object);
}

static void set_values(void)
{
    json_t *object = edit();
    own.surge = 1 + (int)any(3);
    own.unavailable = (int)any(3);
    put(object, "spec/strategy/rollingUpdate", "maxSurge", json_integer(own.surge));
    put(object, "spec/strategy/rollingUpdate", "maxUnavailable", json_integer(own.unavailable));
    if (any(2)) { // while evenkeel is away
        store(object);
        annotate("seen", "no");
        return;
    }
    own.ready = (int)any(2) * 5;
    own.deadline = 600 + (int)any(2) * 60;
    put_own(object);
    request(object);
}

static void drop_marks(void)
{
    static const char *const marks[] = {"evenkeel.dev/batch", "evenkeel.dev/release",
                                        "evenkeel.dev/injected"};
    json_t *object = edit();
    if (any(3) == 0 && forgetful)
        put(object, "metadata", "annotations", json_object());
    else
        json_object_del(at(object, "metadata/annotations"), marks[any(forgetful ? 3 : 2)]);
    json_object_del(at(object, "metadata/labels"), any(2) ? "evenkeel.dev/held" : "x");
    request(object);
}

static void replace_by_own(void)
{
    json_t *before = json_deep_copy(now("spec/template"));
    bool held = label("evenkeel.dev/held") != NULL && replicas > 1;
    char step[8] = "";
    snprintf(step, sizeof(step), "%s", held ? label("evenkeel.dev/held") : "");
    request(manifest(version));
    assert_true(json_equal(now("spec/template"), before));
    assert_int_not_equal(last.release, RELEASE_STARTED);
    if (held && last.release == RELEASE_NONE)
        assert_string_equal(label("evenkeel.dev/held"), step);
    json_decref(before);
    kept++;
}

static void replace_by_another(void)
{
    version = (int)any(VERSIONS);
    request(manifest(version));
}

static void opt(void)
{
    const char *key = any(2) ? "evenkeel.dev/inject" : "evenkeel.dev/batches";
    annotate(key, strcmp(key, "evenkeel.dev/inject") == 0 ? "false" : "");
    expect_values();
    assert_null(label("evenkeel.dev/held"));
    if (strcmp(key, "evenkeel.dev/inject") == 0) { // it would come back after removal
        annotate(key, "true");
        return;
    }
    json_t *object = edit();
    json_object_del(at(object, "metadata/annotations"), key);
    request(object);
}

static void push_while_away(void)
{
    version = (int)any(VERSIONS);
    set_image(stored, image_of(version));
    annotate("seen", "late");
}

static void change_policy(void)
{
    if (!forgetful)
        use_policy(policies[any(2)]);
    else
        annotate("note", any(2) ? "a" : "b");
}

static void (*const actions[])(void) = {
    push_version, push_version,    approve_something, approve_something, undo_to,
    scale,        set_values,      drop_marks,        replace_by_own,    replace_by_another,
    opt,          push_while_away, change_policy,
};

static void one_run(void)
{
    own.ready = 0, own.deadline = 600, own.surge = 2, own.unavailable = 1;
    replicas = 6, version = 0;
    forgetful = seed % 2;
    use_policy(policies[0]);
    json_decref(stored);
    stored = NULL;
    for (int i = 0; i < VERSIONS; i++)
        annotations[i] = json_object();
    stored = new_deployment("Deployment", replicas);
    json_t *object = manifest(0);
    struct answered answered = ask(object, NULL);
    store(fixture_apply(object, answered.patch));
    answered_clear(&answered);
    json_decref(object);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        note_version();
        settle((int)any(4) ? 10 : 0, 10);
        actions[any(sizeof(actions) / sizeof(actions[0]))]();
        expect_values();
    }
    for (int i = 0; i < VERSIONS; i++) {
        json_decref(templates[i]);
        json_decref(annotations[i]);
        templates[i] = annotations[i] = NULL;
    }
}

static void test_users_lose_nothing(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < RUNS; run++) {
        seed = run + 1;
        one_run();
    }
    assert_true(rollbacks > 50);
    assert_true(held_steps > 500);
    assert_true(kept > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {RELEASE_TEST(test_users_lose_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
