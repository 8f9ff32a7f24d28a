// Releases under thousands of random requests, in any order, with evenkeel away now and then: each
// answer applies, does nothing when it is sent again (release_fixture.h), and leaves an object that
// the API accepts and whose marks match the hold.
#include "tests/unit/release_fixture.h"

enum { RUNS = 60, REQUESTS = 60, VERSIONS = 4 };

static uint32_t seed;
static uint32_t events[RELEASE_EVENTS_COUNT];

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static int64_t number_at(const char *path, int64_t otherwise)
{
    json_t *value = now(path);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static bool is_zero_at(const char *path)
{
    json_t *value = now(path);
    return json_is_string(value) ? strcmp(json_string_value(value), "0%") == 0
                                 : json_integer_value(value) == 0;
}

static void expect_acceptable(void)
{
    int64_t ready = number_at("spec/minReadySeconds", 0);
    bool held = ready == 2147483646;
    assert_true(number_at("spec/progressDeadlineSeconds", 600) > ready);
    assert_true(!held || label("evenkeel.dev/held") != NULL);
    const char *type = json_string_value(now("spec/strategy/type"));
    if (strcmp(type, "Recreate") == 0) {
        assert_null(now("spec/strategy/rollingUpdate"));
        assert_false(held);
        return;
    }
    assert_false(is_zero_at("spec/strategy/rollingUpdate/maxSurge") &&
                 is_zero_at("spec/strategy/rollingUpdate/maxUnavailable"));
    if (!held)
        return;
    assert_true(number_at("spec/replicas", 1) >= 2);
    assert_true(json_is_string(now("spec/strategy/rollingUpdate/maxSurge")));
    assert_true(json_is_string(now("spec/strategy/rollingUpdate/maxUnavailable")));
    assert_string_equal(annotation("evenkeel.dev/batch"), label("evenkeel.dev/held"));
    json_t *release = bookkeeping();
    assert_int_equal(json_integer_value(json_object_get(release, "step")),
                     atoi(label("evenkeel.dev/held")));
    assert_true(json_array_size(json_object_get(release, "stable")) <= 3);
    json_decref(release);
}

static void change_image(json_t *object)
{
    char image[16];
    snprintf(image, sizeof(image), "web:%u", any(VERSIONS));
    set_image(object, image);
}

static void change_batch(json_t *object)
{
    static const char *const words[] = {"1", "2", "3", "all", "", "9", "2@0123456789abcdef", "x"};
    put(object, "metadata/annotations", "evenkeel.dev/batch", json_string(words[any(8)]));
}

static void change_replicas(json_t *object)
{
    static const int sizes[] = {0, 1, 2, 3, 7, 10, 100, 250};
    put(object, "spec", "replicas", json_integer(sizes[any(8)]));
}

static void change_batches(json_t *object)
{
    static const char *const words[] = {"", "1,50%", "3,2", "20%,5,70%", "99%", "1,2,3,4,5"};
    if (any(3) == 0)
        json_object_del(at(object, "metadata/annotations"), "evenkeel.dev/batches");
    else
        put(object, "metadata/annotations", "evenkeel.dev/batches", json_string(words[any(6)]));
}

static void change_strategy(json_t *object)
{
    if (any(4) == 0)
        put(object, "spec", "strategy", json_pack("{s:s}", "type", "Recreate"));
    else
        put(object, "spec", "strategy",
            json_pack("{s:s,s:{s:i,s:o}}", "type", "RollingUpdate", "rollingUpdate", "maxSurge",
                      1 + (int)any(3), "maxUnavailable",
                      any(2) ? json_integer(any(3)) : json_string("25%")));
}

static void change_times(json_t *object)
{
    static const int ready[] = {0, 5, 700, 4000};
    put(object, "spec", "minReadySeconds", json_integer(ready[any(4)]));
    put(object, "spec", "progressDeadlineSeconds", json_integer(any(2) ? 600 : 9000));
}

// The bookkeeping of injected values stays: without it nobody can know which parts of a template
// are the user's.
static void drop_marks(json_t *object)
{
    static const char *const marks[] = {"evenkeel.dev/batch", "evenkeel.dev/release"};
    json_object_del(at(object, "metadata/annotations"), marks[any(2)]);
    if (any(2))
        json_object_del(at(object, "metadata/labels"),
                        any(2) ? "evenkeel.dev/held" : "evenkeel.dev/stable");
}

static void forge_marks(json_t *object)
{
    static const char *const forged[] = {
        "{}", "x",
        "{\"steps\":\"1,50%\",\"step\":2,\"from\":1,\"template\":\"0123456789abcdef\",\"saved\":{"
        "\"maxSurge\":0,\"maxUnavailable\":\"0%\",\"minReadySeconds\":700}}",
        "{\"stable\":[\"0123456789abcdef/0123456789abcdef\"]}"};
    put(object, "metadata/annotations", "evenkeel.dev/release", json_string(forged[any(4)]));
}

// The pair and the times that the API would refuse anyway. It answers those itself.
static bool is_acceptable(json_t *object)
{
    json_t *kept = stored;
    stored = object;
    bool late =
        number_at("spec/progressDeadlineSeconds", 600) <= number_at("spec/minReadySeconds", 0);
    bool rolling = now("spec/strategy/rollingUpdate") != NULL;
    bool stuck = rolling && is_zero_at("spec/strategy/rollingUpdate/maxSurge") &&
                 is_zero_at("spec/strategy/rollingUpdate/maxUnavailable");
    stored = kept;
    return !late && !stuck;
}

static void (*const changes[])(json_t *object) = {
    change_image,   change_image,    change_image, change_batch, change_batch, change_replicas,
    change_batches, change_strategy, change_times, drop_marks,   forge_marks,
};

enum { CHANGES = sizeof(changes) / sizeof(changes[0]) };

static void replace_whole(void)
{
    json_t *object = new_deployment("Deployment", 2 + (int)any(9));
    change_image(object);
    request(object);
}

// The API stores the object that it gets.
static void store_while_away(void)
{
    json_t *object = edit();
    changes[any(CHANGES)](object);
    changes[any(CHANGES)](object);
    if (is_acceptable(object))
        store(object);
    else
        json_decref(object);
}

static void create_again(void)
{
    json_t *object = edit();
    json_decref(stored);
    stored = NULL;
    struct answered answered = ask(object, NULL);
    stored = json_deep_copy(object);
    json_t *result = fixture_apply(stored, answered.patch);
    answered_clear(&answered);
    json_decref(stored);
    stored = json_deep_copy(result);
    json_decref(result);
    json_decref(object);
}

static void one_request(void)
{
    if (any(2)) {
        int updated = (int)any(11);
        settle(updated, updated + (int)any(4));
    }
    switch (any(12)) {
    case 0:
        replace_whole();
        return;
    case 1:
        store_while_away();
        return;
    case 2:
        create_again();
        return;
    default:
        break;
    }
    json_t *object = edit();
    for (uint32_t i = any(3) + 1; i > 0; i--)
        changes[any(CHANGES)](object);
    if (is_acceptable(object)) {
        request(object);
        events[last.release]++;
    } else {
        json_decref(object);
    }
    // A request that touches the spec always reaches evenkeel, whatever happened while evenkeel was
    // away.
    object = edit();
    put(object, "spec", "revisionHistoryLimit", json_integer(any(1000)));
    request(object);
    expect_acceptable();
}

static void test_random_requests(void **state)
{
    (void)state;
    for (uint32_t run = 0; run < RUNS; run++) {
        seed = run + 1;
        store(new_deployment("Deployment", 6));
        for (uint32_t i = 0; i < REQUESTS; i++)
            one_request();
    }
    for (uint32_t event = RELEASE_NONE; event < RELEASE_EVENTS_COUNT; event++)
        assert_true(events[event] > 0); // every part was really reached
}

int main(void)
{
    const struct CMUnitTest tests[] = {RELEASE_TEST(test_random_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
