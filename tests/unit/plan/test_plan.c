// Places and their paths: each leads to the other, or it is known that it does not. What is planned
// at them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/patch.h"
#include "plan/plan.h"

static const char object[] =
    "{\"metadata\":{\"annotations\":{\"a.b/c\":\"1\"}},\"spec\":{\"replicas\":2,\"list\":"
    "[{\"name\":\"app\"},{\"name\":\"a[b\"},{\"name\":\"a]b\"},{}]}}";

struct fixture {
    struct arena *arena;
    struct tape tape;
    struct plan plan;
    struct place *spec, *list;
};

static void fixture_make(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new(1 << 20)};
    assert_non_null(fixture->arena);
    assert_int_equal(tape_parse(&fixture->tape, slice_of(object), TAPE_FULL, NULL), 0);
    assert_int_equal(plan_init(&fixture->plan, fixture->arena, value_root(&fixture->tape)), 0);
    fixture->spec = plan_member(&fixture->plan, fixture->plan.root, "spec");
    fixture->list = plan_member(&fixture->plan, fixture->spec, "list");
}

static void fixture_clear(struct fixture *fixture)
{
    tape_clear(&fixture->tape);
    arena_free(fixture->arena);
}

// A place that has this path, and whether the path leads back to it.
static void check_path(struct fixture *fixture, struct place *place, const char *path, bool leads)
{
    struct slice text = plan_path_text(&fixture->plan, place);

    assert_non_null(text.data);
    assert_string_equal(text.data, path);
    assert_int_equal(text.size, strlen(path));
    assert_int_equal(plan_has_path(place), leads);
    assert_int_equal(plan_locate(&fixture->plan, text) == place, leads);
}

static void test_paths_lead_back(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    struct plan *plan = &fixture.plan;
    struct place *metadata = plan_member(plan, plan->root, "metadata");
    struct place *annotations = plan_member(plan, metadata, "annotations");
    struct place *app = plan_item(plan, fixture.list, 0, SLICE("app"));

    check_path(&fixture, fixture.spec, "spec", true);
    check_path(&fixture, plan_path(plan, fixture.spec, "strategy.rollingUpdate"),
               "spec.strategy.rollingUpdate", true);
    check_path(&fixture, plan_map_entry(plan, annotations, SLICE("a.b/c")),
               "metadata.annotations[a.b/c]", true);
    check_path(&fixture, app, "spec.list[app]", true);
    check_path(&fixture, plan_path(plan, app, "lifecycle.preStop"),
               "spec.list[app].lifecycle.preStop", true);
    check_path(&fixture, plan_item(plan, fixture.list, 1, SLICE("a[b")), "spec.list[a[b]", true);
    fixture_clear(&fixture);
}

static void test_paths_that_lead_nowhere(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    struct plan *plan = &fixture.plan;
    struct place *closing = plan_item(plan, fixture.list, 2, SLICE("a]b"));
    struct place *nameless = plan_item(plan, fixture.list, 3, SLICE(""));

    check_path(&fixture, plan->root, "", false);
    check_path(&fixture, closing, "spec.list[a]b]", false);
    check_path(&fixture, plan_member(plan, closing, "image"), "spec.list[a]b].image", false);
    check_path(&fixture, nameless, "spec.list[3]", false);
    assert_false(plan_has_path(NULL));
    fixture_clear(&fixture);
}

static void test_no_path_that_is_too_long(void **state)
{
    static char key[PLAN_PATH_MAX - sizeof("spec[]") + 2];
    struct fixture fixture;
    (void)state;
    fixture_make(&fixture);
    memset(key, 'k', sizeof(key));
    struct slice longest = {key, sizeof(key) - 1}, longer = {key, sizeof(key)};

    struct place *last = plan_map_entry(&fixture.plan, fixture.spec, longest);
    struct place *past = plan_map_entry(&fixture.plan, fixture.spec, longer);

    assert_int_equal(plan_path_text(&fixture.plan, last).size, PLAN_PATH_MAX);
    assert_true(plan_has_path(last));
    assert_null(plan_path_text(&fixture.plan, past).data);
    assert_false(plan_has_path(past));
    fixture_clear(&fixture);
}

// The contents of a patch for a live object: each value is tested before it is removed, also as Go
// writes it.
static void test_tested_patch(void **state)
{
    static const char live[] =
        "{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"a/"
        "b\":\"x<\xe2\x80\xa8&\"}},\"spec\":{\"n\":1,"
        "\"outer\":{\"inner\":{\"gone\":5}},\"kept\":{\"gone\":6,\"own\":7}}}";
    static const char expected[] =
        "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u\"},"
        "{\"op\":\"test\",\"path\":\"/metadata/annotations/a~1b\",\"value\":"
        "\"x\\u003c\\u2028\\u0026\"},"
        "{\"op\":\"remove\",\"path\":\"/metadata/annotations/a~1b\"},"
        "{\"op\":\"test\",\"path\":\"/spec/n\",\"value\":1},"
        "{\"op\":\"replace\",\"path\":\"/spec/n\",\"value\":2},"
        "{\"op\":\"test\",\"path\":\"/spec/outer\",\"value\":{\"inner\":{\"gone\":5}}},"
        "{\"op\":\"remove\",\"path\":\"/spec/outer\"},"
        "{\"op\":\"test\",\"path\":\"/spec/kept/gone\",\"value\":6},"
        "{\"op\":\"remove\",\"path\":\"/spec/kept/gone\"},"
        "{\"op\":\"test\",\"path\":\"/spec/new\",\"value\":null},"
        "{\"op\":\"add\",\"path\":\"/spec/new\",\"value\":{\"below\":3}}]";
    struct arena *arena = arena_new(1 << 20);
    struct tape tape = {0};
    struct plan plan;
    struct text text;
    (void)state;
    assert_int_equal(tape_parse(&tape, slice_of(live), TAPE_FULL, NULL), 0);
    assert_int_equal(plan_init(&plan, arena, value_root(&tape)), 0);
    struct place *annotations = plan_path(&plan, plan.root, "metadata.annotations");
    struct place *spec = plan_member(&plan, plan.root, "spec");
    const struct place *guards[] = {plan_path(&plan, plan.root, "metadata.uid"),
                                    plan_path(&plan, plan.root, "metadata.generation"), NULL};

    text_init(&text, arena, PATCH_SIZE_MAX);
    assert_int_equal(patch_write_tested(&plan, &text, guards, NULL), 0);
    assert_int_equal(text.size, 0);
    plan_remove(&plan, plan_map_entry(&plan, annotations, SLICE("a/b")));
    plan_set(&plan, plan_member(&plan, spec, "n"), SLICE("2"));
    plan_remove(&plan, plan_path(&plan, spec, "outer.inner.gone"));
    plan_remove(&plan, plan_path(&plan, spec, "kept.gone"));
    plan_set(&plan, plan_path(&plan, spec, "new.below"), SLICE("3"));
    assert_int_equal(patch_write_tested(&plan, &text, guards, NULL), 0);
    assert_string_equal(text_slice(&text).data, expected);
    tape_clear(&tape);
    arena_free(arena);
}

// What is taken back leaves nothing behind above it, and may be planned anew.
static void test_edits_are_counted(void **state)
{
    struct fixture fixture;
    struct error error = {0};
    struct text text;
    (void)state;
    fixture_make(&fixture);
    struct plan *plan = &fixture.plan;
    struct place *added = plan_path(plan, plan->root, "added.below");
    struct place *replicas = plan_member(plan, fixture.spec, "replicas");

    assert_true(plan_is_empty(plan));
    plan_unset(replicas);
    plan_set(plan, added, SLICE("1"));
    plan_remove(plan, replicas);
    assert_int_equal(plan->root->edits, 2);
    plan_unset(added);
    assert_int_equal(added->parent->edits, 0);
    assert_int_equal(fixture.spec->edits, 1);
    plan_unset(replicas);
    assert_true(plan_is_empty(plan));
    plan_set(plan, replicas, SLICE("3"));
    text_init(&text, fixture.arena, PATCH_SIZE_MAX);
    assert_int_equal(patch_write(plan, &text, NULL), 0);
    assert_string_equal(text_slice(&text).data,
                        "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":3}]");
    assert_int_equal(plan_check(plan, &error), 0);
    plan_set(plan, fixture.spec, SLICE("{}")); // above another edit
    assert_int_equal(patch_write(plan, &text, &error), -1);
    assert_string_equal(error.text, "two edits at spec");
    assert_int_equal(plan->root->edits, 1);
    fixture_clear(&fixture);
}

// A map of two values and a list item, each removed, and perhaps something new in the map.
static void check_emptied(const char *added, const char *expected)
{
    static const char emptied[] = "{\"spec\":{\"own\":1,\"outer\":{\"inner\":{\"a\":1,\"b\":2}},"
                                  "\"list\":[{\"name\":\"app\"}]}}";
    struct arena *arena = arena_new(1 << 20);
    struct tape tape = {0};
    struct plan plan;
    struct text text;

    assert_int_equal(tape_parse(&tape, slice_of(emptied), TAPE_FULL, NULL), 0);
    assert_int_equal(plan_init(&plan, arena, value_root(&tape)), 0);
    struct place *spec = plan_member(&plan, plan.root, "spec");
    struct place *inner = plan_path(&plan, spec, "outer.inner");
    struct place *item = plan_item(&plan, plan_member(&plan, spec, "list"), 0, SLICE("app"));
    struct place *removed[] = {plan_map_entry(&plan, inner, SLICE("a")),
                               plan_map_entry(&plan, inner, SLICE("b")),
                               plan_member(&plan, item, "name")};

    for (size_t i = 0; i < 3; i++) {
        plan_remove_emptied(&plan, removed[i]);
        assert_true(plan_removes(removed[i]));
    }
    assert_false(plan_removes(inner));
    if (added != NULL)
        plan_set(&plan, plan_map_entry(&plan, inner, slice_of(added)), SLICE("3"));
    plan_prune(&plan);
    plan_prune(&plan);
    assert_false(plan.failed);
    assert_int_equal(plan_removes(inner), added == NULL);
    assert_true(plan_removes(removed[0]));
    text_init(&text, arena, PATCH_SIZE_MAX);
    assert_int_equal(patch_write(&plan, &text, NULL), 0);
    assert_string_equal(text_slice(&text).data, expected);
    tape_clear(&tape);
    arena_free(arena);
}

// What a removal empties goes with it, unless something is added there later.
static void test_emptied_parents(void **state)
{
    (void)state;
    check_emptied(NULL, "[{\"op\":\"replace\",\"path\":\"/spec\",\"value\":"
                        "{\"own\":1,\"list\":[{}]}}]");
    check_emptied("c", "[{\"op\":\"replace\",\"path\":\"/spec/outer/inner\",\"value\":{\"c\":3}},"
                       "{\"op\":\"replace\",\"path\":\"/spec/list/0\",\"value\":{}}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_lead_back),
        cmocka_unit_test(test_paths_that_lead_nowhere),
        cmocka_unit_test(test_no_path_that_is_too_long),
        cmocka_unit_test(test_tested_patch),
        cmocka_unit_test(test_edits_are_counted),
        cmocka_unit_test(test_emptied_parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
