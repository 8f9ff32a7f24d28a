// Carries out plans in the user's own text. Checks the new text, that it means the same as the
// JSON, and that removing the edits gives the first text back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "manifest/edit.h"
#include "manifest/read.h"

enum { ARENA = 64 * 1024 * 1024, EDITS_MAX = 8 };

struct one_edit {
    const char *path; // as plan_path_text() writes it
    const char *json; // NULL: remove it
};

// One row is one test. `back` says that undoing gives `text` again.
struct edit_case {
    const char *name;
    const char *text;
    struct one_edit edits[EDITS_MAX];
    const char *expected;
    bool back;
};

static const struct edit_case cases[] = {
    {"a member behind the others",
     "a: 1 # one\nspec:\n  b: x   # two\n\n# end\n",
     {{"spec.c", "5"}},
     "a: 1 # one\nspec:\n  b: x   # two\n  c: 5\n\n# end\n",
     true},
    {"without a line end at the end",
     "spec:\n  b: x",
     {{"spec.c", "5"}, {"d", "6"}},
     "spec:\n  b: x\n  c: 5\nd: 6",
     true},
    {"Windows line ends",
     "spec:\r\n  b: x\r\n",
     {{"spec.c", "{\"d\":5}"}},
     "spec:\r\n  b: x\r\n  c:\r\n    d: 5\r\n",
     true},
    {"a byte order mark",
     "\xef\xbb\xbfspec:\n  b: x\n",
     {{"spec.c", "5"}},
     "\xef\xbb\xbfspec:\n  b: x\n  c: 5\n",
     true},
    {"parents that are missing are made, once",
     "spec:\n    b: x\n",
     {{"spec.strategy.rollingUpdate.maxSurge", "\"50%\""},
      {"spec.strategy.rollingUpdate.maxUnavailable", "0"}},
     "spec:\n    b: x\n    strategy:\n        rollingUpdate:\n            maxSurge: 50%\n          "
     "  maxUnavailable: 0\n",
     true},
    {"in a list's item",
     "spec:\n  containers:\n  - name: app\n    image: x\n  - name: b\n  hostNetwork: true\n",
     {{"spec.containers[app].lifecycle.preStop", "{\"sleep\":{\"seconds\":15}}"},
      {"spec.containers[b].l", "[{\"a\":1,\"b\":2},3,[]]"}},
     "spec:\n  containers:\n  - name: app\n    image: x\n    lifecycle:\n      preStop:\n        "
     "sleep:\n"
     "          seconds: 15\n  - name: b\n    l:\n    - a: 1\n      b: 2\n    - 3\n    - []\n  "
     "hostNetwork: true\n",
     true},
    {"lists are indented as the user's are",
     "spec:\n  list:\n    - name: app\n",
     {{"spec.list[app].args", "[\"a\",\"b\"]"}},
     "spec:\n  list:\n    - name: app\n      args:\n        - a\n        - b\n",
     true},
    {"everything ends in one place",
     "spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: "
     "x\n---\nnext: 1\n",
     {{"spec.template.spec.containers[app].p", "1"},
      {"spec.template.spec.g", "60"},
      {"spec.m", "5"},
      {"metadata.annotations[a/b]", "\"c\""}},
     "spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: x\n      "
     "  p: 1\n      g: 60\n"
     "  m: 5\nmetadata:\n  annotations:\n    a/b: c\n---\nnext: 1\n",
     true},
    {"a value is replaced where it stands",
     "a: 10   # ten\nb: \"x\"\nc: |\n  text\n  more\nd: 1\n",
     {{"a", "30"}, {"b", "\"25%\""}, {"c", "0"}},
     "a: 30   # ten\nb: 25%\nc: 0\nd: 1\n",
     false},
    {"a block is replaced by a block",
     "p:\n  # why\n  tcp:\n    port: 1\n  q: 2\nz: 1\n",
     {{"p", "{\"http\":{\"path\":\"/\"},\"q\":3}"}},
     "p:\n  # why\n  http:\n    path: /\n  q: 3\nz: 1\n",
     false},
    {"a block is replaced by a scalar",
     "p:\n  q: 2\nz: 1\n",
     {{"p", "5"}},
     "p:\n  5\nz: 1\n",
     false},
    {"a key without a value",
     "metadata:\n  annotations: # none\n  name: x\n",
     {{"metadata.annotations[k]", "\"v\""}},
     "metadata:\n  annotations: { \"k\": \"v\"} # none\n  name: x\n",
     true},
    {"an explicit null",
     "a: ~\nb: null\nc: {d: , e: 1}\n",
     {{"a.k", "1"}, {"b.k", "2"}, {"b.l", "3"}, {"c.d.k", "4"}},
     "a: {   \"k\": 1}\nb: {  \"k\": 2, \"l\": 3}\nc: {d:  { \"k\": 4}, e: 1}\n",
     true},
    {"the user's own empty braces",
     "annotations: {}\nb: { }\n",
     {{"annotations[k]", "\"v\""}, {"annotations[l]", "\"w\""}, {"b.c", "1"}},
     "annotations: {\"k\": \"v\", \"l\": \"w\"}\nb: {\"c\": 1 }\n",
     true},
    {"flow style",
     "spec: {a: 1, containers: [{name: app, image: x}], b: {c: d}} # end\n",
     {{"spec.containers[app].p", "{\"q\":\"r s\"}"}, {"spec.b.e", "2"}, {"spec.f.g", "true"}},
     "spec: {a: 1, containers: [{name: app, image: x, \"p\": { \"q\": \"r s\" }}], b: {c: d, "
     "\"e\": 2}, "
     "\"f\": { \"g\": true }} # end\n",
     true},
    {"flow style over lines",
     "spec: {\n  a: 1,\n  b: 2\n}\n",
     {{"spec.c", "3"}, {"spec.d", "{\"e\":4}"}},
     "spec: {\n  a: 1,\n  b: 2,\n  \"c\": 3,\n  \"d\": {\n    \"e\": 4\n  }\n}\n",
     true},
    {"block scalars at the end",
     "a:\n  b: |\n    x\n    y\n\nc: 1\n",
     {{"a.d", "1"}},
     "a:\n  b: |\n    x\n    y\n  d: 1\n\nc: 1\n",
     true},
    {"a block scalar that keeps its blank lines",
     "a:\n  b: |+\n    x\n\nc: 1\n",
     {{"a.d", "1"}},
     "a:\n  b: |+\n    x\n\n  d: 1\nc: 1\n",
     true},
    {"a folded plain scalar at the end",
     "a:\n  b: x\n    y\nc: 1\n",
     {{"a.d", "1"}},
     "a:\n  b: x\n    y\n  d: 1\nc: 1\n",
     true},
    {"strings that need quotes",
     "a: 1\n",
     {{"s[k l]", "\"true\""},
      {"s[1]", "\"{\\\"a\\\":'b'}\""},
      {"s[v]", "\"x: y\""},
      {"s[m]", "\"a\\nb\\u007f\""},
      {"s[o]", "\"\""}},
     "a: 1\ns:\n  \"k l\": \"true\"\n  \"1\": '{\"a\":''b''}'\n  v: \"x: y\"\n  m: "
     "\"a\\nb\\u007f\"\n  o: \"\"\n",
     true},
    {"through an alias",
     "x: &c {a: 1}\nw: *c\nz: *c\n",
     {{"w.b", "2"}},
     "x: &c {a: 1}\nw: { \"a\": 1, \"b\": 2 }\nz: *c\n",
     false},
    {"inside an anchored value",
     "x: &c\n  a: 1\nw: *c\nz:\n  <<: *c\n",
     {{"x.b", "2"}},
     "x: &c\n  a: 1\n  b: 2\nw: { \"a\": 1 }\nz:\n  <<: { \"a\": 1 }\n",
     false},
    {"an anchored value is replaced", "x: &c 1\nw: *c\n", {{"x", "2"}}, "x: 2\nw: 1\n", false},
    {"a member that was merged in",
     "x: &c {a: {k: 1}, b: 2}\nw:\n  <<: *c\n  d: 3\n",
     {{"w.a.l", "5"}, {"w.b", "6"}},
     "x: &c {a: {k: 1}, b: 2}\nw:\n  <<: *c\n  d: 3\n  a:\n    k: 1\n    l: 5\n  b: 6\n",
     false},
    {"a merged member cannot be taken out",
     "x: &c {a: 1}\nw: {<<: *c, d: 3}\n",
     {{"w.a", NULL}},
     "{ \"x\": { \"a\": 1 }, \"w\": { \"d\": 3 } }\n",
     false},
    {"the last of two keys", "a: 1\na: 2\n", {{"a", "3"}}, "a: 1\na: 3\n", false},
    {"taking out",
     "a: 1\nb: # why\n  c: 1\n  d: 2\ne: 3\n",
     {{"b.c", NULL}, {"e", NULL}},
     "a: 1\nb: # why\n  d: 2\n",
     false},
    {"taking out what leaves a block empty",
     "a: 1\nb:\n  c:\n    d: 1\n",
     {{"b.c.d", NULL}},
     "a: 1\n",
     false},
    {"taking out an item's first key",
     "l:\n- name: x\n  b: 1\n",
     {{"l[x].name", NULL}},
     "l:\n- b: 1\n",
     false},
    {"taking out in flow style",
     "a: {b: 1, c: 2, d: 3}\ne: {f: 1, g: 2}\n",
     {{"a.c", NULL}, {"e.f", NULL}},
     "a: {b: 1, d: 3}\ne: {g: 2}\n",
     false},
    {"taking out neighbours in flow style",
     "a: {b: 1, c: 2, d: 3}\ne: {f: 1, g: 2, h: 3, i: 4}\n",
     {{"a.b", NULL}, {"a.c", NULL}, {"e.g", NULL}, {"e.h", NULL}},
     "a: {d: 3}\ne: {f: 1, i: 4}\n",
     false},
    {"others in place of all that flow style holds",
     "a: {b: 1, c: 2}\nd: {\n  e: 1\n}\n",
     {{"a.b", NULL}, {"a.c", NULL}, {"a.x", "5"}, {"a.y", "6"}, {"d.e", NULL}, {"d.f", "7"}},
     "a: {\"x\": 5, \"y\": 6}\nd: {\n  \"f\": 7\n}\n",
     false},
    {"another behind the last that goes in flow style",
     "a: {b: 1, c: 2}\n",
     {{"a.c", NULL}, {"a.x", "5"}},
     "a: {b: 1, \"x\": 5}\n",
     false},
    {"taking out an item's first two keys",
     "l:\n- name: x\n  # of b\n  b: 1\n  c: 2\n  # of d\n  d: 3\n",
     {{"l[x].name", NULL}, {"l[x].b", NULL}, {"l[x].d", NULL}},
     "l:\n- c: 2\n  # of d\n",
     false},
    {"taking out a key behind a question mark",
     "b:\n  ? c\n  : 1\n  d: 2\n",
     {{"b.c", NULL}},
     "{ \"b\": { \"d\": 2 } }\n",
     false},
    {"behind keys with question marks, each where it belongs",
     "t:\n  ? s\n  : b: 1\n",
     {{"t.m", "5"}, {"t.s.c", "6"}},
     "t:\n  ? s\n  : b: 1\n    c: 6\n  m: 5\n",
     true},
    {"taking out a key that stands twice",
     "a: {b: 1, c: 2, b: 3}\n",
     {{"a.b", NULL}},
     "a: {c: 2}\n",
     false},
    {"taking out what is not there", "a: 1\n", {{"b", NULL}, {"c.d", NULL}}, "a: 1\n", false},
    {"JSON",
     "{\n    \"a\": 1.0,\n    \"spec\": {\n        \"b\": \"\\u0041\"\n    },\n    \"c\": {\"d\": "
     "1}, \"e\": {}\n}\n",
     {{"spec.n", "{\"x\":1,\"y\":[]}"}, {"c.f", "\"g\""}, {"a", "2"}, {"e.h", "3"}},
     "{\n    \"a\": 2,\n    \"spec\": {\n        \"b\": \"\\u0041\",\n        \"n\": {\n          "
     "\"x\": 1,\n"
     "          \"y\": []\n        }\n    },\n    \"c\": {\"d\": 1, \"f\": \"g\"}, \"e\": {\"h\": "
     "3}\n}\n",
     false},
    {"JSON on one line",
     "{\"a\":1,\"m\":{\"b\":null}}",
     {{"m.b.c", "2"}, {"d.e", "\"\\\"\""}},
     "{\"a\":1,\"m\":{\"b\":{  \"c\": 2}}, \"d\": { \"e\": \"\\\"\" }}",
     true},
};

struct outcome_of {
    struct slice text;
    struct slice json;
};

// Carries the edits out on the first object of `text`.
static struct outcome_of carry_out(struct slice text, const struct one_edit *edits, size_t count,
                                   bool take_out, struct arena *arena)
{
    struct splitter *splitter = splitter_new(text);
    struct splices splices = {0};
    struct object object;
    struct tape tape = {0};
    struct error error = {0};
    struct outcome_of outcome = {{0}, {0}};
    struct plan plan;
    struct text patched;

    assert_int_equal(splitter_next(splitter, &object, &error), 1);
    assert_int_equal(tape_parse(&tape, object.json, TAPE_FULL, &error), 0);
    assert_int_equal(plan_init(&plan, arena, value_root(&tape)), 0);
    for (size_t i = 0; i < count && edits[i].path; i++) {
        struct place *place = plan_locate(&plan, slice_of(edits[i].path));
        assert_non_null(place);
        if (edits[i].json && !take_out)
            plan_set(&plan, place, slice_of(edits[i].json));
        else
            plan_remove(&plan, place);
    }
    assert_false(plan.failed);
    assert_int_equal(edit_object(&object, text, value_root(&tape), plan.root, arena, &splices,
                                 &outcome.json, &error),
                     0);
    assert_true(splices_settle(&splices));
    text_init(&patched, arena, ARENA);
    splices_apply(&splices, text, 0, (uint32_t)text.size, &patched);
    outcome.text = text_slice(&patched);
    splices_clear(&splices);
    tape_clear(&tape);
    splitter_free(splitter);
    return outcome;
}

// Whether the first object of `text` means the same as `json`.
static bool means(struct slice text, struct slice json)
{
    struct splitter *splitter = splitter_new(text);
    struct object object = {0};
    struct tape a = {0};
    struct tape b = {0};
    struct error error = {0};
    bool same = splitter_next(splitter, &object, &error) == 1 &&
                tape_parse(&a, object.json, TAPE_FULL, &error) == 0 &&
                tape_parse(&b, json, TAPE_FULL, &error) == 0 &&
                value_equal(value_root(&a), value_root(&b));

    if (!same)
        print_error("%s\nshould mean %s\nbut %s %.*s\n", text.data, json.data, error.text,
                    (int)object.json.size, object.json.data ? object.json.data : "");
    tape_clear(&a);
    tape_clear(&b);
    splitter_free(splitter);
    return same;
}

static void test_case(void **state)
{
    const struct edit_case *row = *state;
    struct arena *arena = arena_new(ARENA);
    size_t size = strlen(row->text);
    char *exact = malloc(size);
    struct outcome_of outcome;

    memcpy(exact, row->text, size);
    outcome = carry_out((struct slice){exact, size}, row->edits, EDITS_MAX, false, arena);
    if (strcmp(outcome.text.data, row->expected))
        print_error("got:\n%s\n", outcome.text.data);
    assert_string_equal(outcome.text.data, row->expected);
    assert_true(means(outcome.text, outcome.json));
    if (row->back) {
        outcome = carry_out(outcome.text, row->edits, EDITS_MAX, true, arena);
        assert_string_equal(outcome.text.data, row->text);
    }
    free(exact);
    arena_free(arena);
}

// Roughly the values that the rules write into a workload and a Service.
static const struct one_edit on_workload[] = {
    {"spec.template.spec.terminationGracePeriodSeconds", "61"},
    {"spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
     "[{\"weight\":1,\"preference\":{\"matchExpressions\":[{\"key\":\"deploy\",\"operator\":\"In\","
     "\"values\":[\"a\",\"b\"]}]}}]"},
    {"spec.template.metadata.labels[version]", "\"1.10\""},
    {"spec.strategy.rollingUpdate.maxSurge", "\"50%\""},
    {"spec.strategy.rollingUpdate.maxUnavailable", "0"},
    {"spec.minReadySeconds", "5"},
    {"metadata.annotations[evenkeel.dev/injected]",
     "\"{\\\"spec.minReadySeconds\\\":5,\\\"a\\\":\\\"'\\\"}\""},
};

static const struct one_edit on_service[] = {
    {"spec.externalTrafficPolicy", "\"Local\""},
    {"metadata.annotations[service.beta.kubernetes.io/backend-type]", "\"eni\""},
    {"metadata.annotations[service.beta.kubernetes.io/alibaba-cloud-loadbalancer-connection-drain]",
     "\"on\""},
};

static const struct one_edit on_container[] = {
    {"lifecycle.preStop", "{\"sleep\":{\"seconds\":15}}"},
    {"readinessProbe", "{\"tcpSocket\":{\"port\":8080},\"periodSeconds\":10}"},
};

// One object of the corpus, edited, and edited back.
struct subject_of {
    struct slice file;
    struct arena *arena;
    struct plan plan;
    bool adds_only;
    unsigned edits;
};

static void plan_at(struct subject_of *subject, struct place *place, const char *json, bool undo)
{
    if (!place)
        return;
    if (undo) {
        plan_remove(&subject->plan, place);
    } else {
        subject->adds_only = subject->adds_only && !place->now.node;
        plan_set(&subject->plan, place, slice_of(json));
    }
    subject->edits++;
}

static void plan_containers(struct subject_of *subject, struct place *list, bool undo)
{
    uint32_t count = value_count(list->now);

    for (uint32_t i = 0; i < count; i++) {
        struct place *item = plan_item(&subject->plan, list, i, SLICE("x"));
        for (size_t k = 0; k < sizeof(on_container) / sizeof(on_container[0]); k++)
            plan_at(subject, plan_path(&subject->plan, item, on_container[k].path),
                    on_container[k].json, undo);
    }
}

static void plan_object(struct subject_of *subject, const struct object *object, bool undo)
{
    bool service = slice_is(object->kind, "Service");
    const struct one_edit *edits = service ? on_service : on_workload;
    size_t count = service ? sizeof(on_service) / sizeof(on_service[0])
                           : sizeof(on_workload) / sizeof(on_workload[0]);

    for (size_t i = 0; i < count; i++)
        plan_at(subject, plan_locate(&subject->plan, slice_of(edits[i].path)), edits[i].json, undo);
    if (!service)
        plan_containers(
            subject, plan_path(&subject->plan, subject->plan.root, "spec.template.spec.containers"),
            undo);
}

// Edits all objects of a file; the result is the arena's. Counts in `adds` those objects that only
// got new members.
static struct slice edit_file(struct slice file, bool undo, struct arena *arena, bool *adds_only,
                              unsigned *objects)
{
    struct splitter *splitter = splitter_new(file);
    struct splices splices = {0};
    struct object object;
    struct error error = {0};
    struct text patched;
    struct slice result;

    *adds_only = true;
    while (splitter_next(splitter, &object, &error) == 1) {
        struct subject_of subject = {file, arena, {0}, true, 0};
        struct tape tape = {0};
        struct slice json;
        assert_int_equal(tape_parse(&tape, object.json, TAPE_FULL, &error), 0);
        assert_int_equal(plan_init(&subject.plan, arena, value_root(&tape)), 0);
        plan_object(&subject, &object, undo);
        assert_false(subject.plan.failed);
        assert_int_equal(edit_object(&object, file, value_root(&tape), subject.plan.root, arena,
                                     &splices, &json, &error),
                         0);
        *adds_only = *adds_only && subject.adds_only;
        (*objects)++;
        tape_clear(&tape);
    }
    assert_false(error.set);
    assert_true(splices_settle(&splices));
    text_init(&patched, arena, ARENA);
    splices_apply(&splices, file, 0, (uint32_t)file.size, &patched);
    result = text_slice(&patched);
    splices_clear(&splices);
    splitter_free(splitter);
    return result;
}

// Each object of the edited file means the same as the JSON of the edit. Editing again gives both,
// and must change nothing.
static void check_meaning(struct slice file, struct slice edited, struct arena *arena)
{
    struct splitter *before = splitter_new(file);
    struct splitter *after = splitter_new(edited);
    struct object a;
    struct object b;
    struct error error = {0};

    while (splitter_next(before, &a, &error) == 1) {
        struct subject_of subject = {file, arena, {0}, true, 0};
        struct splices splices = {0};
        struct tape tape = {0};
        struct tape tape_b = {0};
        struct tape tape_json = {0};
        struct slice json;
        assert_int_equal(splitter_next(after, &b, &error), 1);
        assert_int_equal(tape_parse(&tape, a.json, TAPE_FULL, &error), 0);
        assert_int_equal(plan_init(&subject.plan, arena, value_root(&tape)), 0);
        plan_object(&subject, &a, false);
        assert_int_equal(edit_object(&a, file, value_root(&tape), subject.plan.root, arena,
                                     &splices, &json, &error),
                         0);
        assert_int_equal(tape_parse(&tape_json, json, TAPE_FULL, &error), 0);
        assert_int_equal(tape_parse(&tape_b, b.json, TAPE_FULL, &error), 0);
        if (!value_equal(value_root(&tape_json), value_root(&tape_b)))
            print_error("%.*s\n%s\n%s\n", (int)edited.size, edited.data, json.data, b.json.data);
        assert_true(value_equal(value_root(&tape_json), value_root(&tape_b)));
        splices_clear(&splices);
        tape_clear(&tape);
        tape_clear(&tape_b);
        tape_clear(&tape_json);
    }
    assert_int_equal(splitter_next(after, &b, &error), 0);
    assert_false(error.set);
    splitter_free(before);
    splitter_free(after);
}

static void test_corpus(void **state)
{
    struct inputs inputs = {0};
    struct error error = {0};
    struct arena *arena;
    unsigned objects = 0;
    unsigned again = 0;
    unsigned back = 0;

    (void)state;
    if (inputs_add(&inputs, "../shared/corpus/manifests", &error)) {
        print_message("# no corpus at ../shared/corpus\n");
        skip();
    }
    arena = arena_new(ARENA);
    for (size_t i = 0; i < inputs.count; i++) {
        struct slice file;
        struct slice edited;
        bool adds_only;
        bool ignored;
        assert_int_equal(input_read(inputs.names[i], &file, &error), 0);
        edited = edit_file(file, false, arena, &adds_only, &objects);
        check_meaning(file, edited, arena);
        if (adds_only) {
            struct slice undone = edit_file(edited, true, arena, &ignored, &again);
            if (!slice_equal(undone, file))
                print_error("%s\n%s\n", inputs.names[i], undone.data);
            assert_true(slice_equal(undone, file));
            back++;
        }
        free((char *)file.data);
        arena_reset(arena);
    }
    print_message("# %u objects edited, %u files edited back\n", objects, back);
    assert_true(objects > 990 && back > 500);
    inputs_clear(&inputs);
    arena_free(arena);
}

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

int main(void)
{
    struct CMUnitTest tests[CASES + 1];

    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = test_case, .initial_state = (void *)&cases[i]};
    tests[CASES] = (struct CMUnitTest)cmocka_unit_test(test_corpus);
    return _cmocka_run_group_tests("edits", tests, CASES + 1, NULL, NULL);
}
