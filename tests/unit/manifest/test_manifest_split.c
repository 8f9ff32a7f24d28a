// Splits files into objects: which objects there are, where they are, and that a broken document
// loses only itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "manifest/read.h"
#include "manifest/split.h"
#include "manifest/to_json.h"
#include "json/value.h"

// One row is one test: the objects as "line:column apiVersion/kind json\n", errors as "line:column!
// text\n".
struct split_case {
    const char *name;
    const char *text;
    const char *expected;
};

static const struct split_case cases[] = {
    {"documents", "a: 1\n---\nb: 2\n---\nc: 3\n",
     "1:1 / {\"a\":1}\n3:1 / {\"b\":2}\n5:1 / {\"c\":3}\n"},
    {"kinds and versions", "apiVersion: apps/v1\nkind: Deployment\n",
     "1:1 apps/v1/Deployment {\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"}\n"},
    {"empty and comments-only documents",
     "---\n---\n# nothing\n---\n\n--- # Source: x.yaml\na: 1\n...\n", "7:1 / {\"a\":1}\n"},
    {"nothing at all", "", ""},
    {"only white space", "\n\n", ""},
    {"null", "~\n---\nnull\n", ""},
    {"a byte order mark and Windows line ends",
     "\xef\xbb\xbf"
     "a: 1\r\n---\r\nb: x\r\n",
     "1:1 / {\"a\":1}\n3:1 / {\"b\":\"x\"}\n"},
    {"no line end at the end", "a: 1\n---\nb: 2", "1:1 / {\"a\":1}\n3:1 / {\"b\":2}\n"},
    {"directives belong to the next document", "%YAML 1.1\n---\na: 1\n...\n%TAG ! !x\n---\nb: 2\n",
     "3:1 / {\"a\":1}\n7:1 / {\"b\":2}\n"},
    {"behind ... a document needs its ---", "a: 1\n...\nb: 2\n---\nc: 3\n",
     "1:1 / {\"a\":1}\n3:1! \n5:1 / {\"c\":3}\n"},
    {"a document on the marker's line", "--- {a: 1}\n--- b\n", "1:5 / {\"a\":1}\n2:5 / \"b\"\n"},
    {"a broken document in the middle", "a: 1\n---\nb: [1\n---\nc: 3\n",
     "1:1 / {\"a\":1}\n4:1! \n5:1 / {\"c\":3}\n"},
    {"an unrendered template", "a: {{ .Values.x }}\nb: {{- end }}\n---\nc: 3\n",
     "1:5! \n4:1 / {\"c\":3}\n"},
    {"a tab as indentation", "a:\n\tb: 1\n", "2:1! \n"},
    {"the last of two keys counts", "a: 1\na: 2\n", "1:1 / {\"a\":1,\"a\":2}\n"},
    {"dashes inside a line", "a: ---\nb: x---y\n", "1:1 / {\"a\":\"---\",\"b\":\"x---y\"}\n"},
    {"indented dashes in a block scalar", "a: |\n  ---\n  x\n", "1:1 / {\"a\":\"---\\nx\\n\"}\n"},

    {"a list",
     "kind: List\napiVersion: v1\nitems:\n- kind: Service\n  apiVersion: v1\n- kind: Pod\n",
     "4:3 v1/Service {\"kind\":\"Service\",\"apiVersion\":\"v1\"}\n6:3 /Pod {\"kind\":\"Pod\"}\n"},
    {"a typed list gives its kind",
     "kind: DeploymentList\napiVersion: apps/v1\nitems: [{a: 1}, null]\n",
     "3:9 apps/v1/Deployment {\"a\":1}\n"},
    {"a list in a list", "kind: List\nitems:\n- kind: List\n  items:\n  - kind: Pod\n",
     "5:5 /Pod {\"kind\":\"Pod\"}\n"},
    {"an empty list", "kind: List\nitems: []\n", "1:1 /List {\"kind\":\"List\",\"items\":[]}\n"},
    {"an empty list in a list", "kind: List\nitems:\n- kind: List\n  items: []\n", ""},
    {"a kind that ends in List and has no items", "kind: AllowList\nspec: {}\n",
     "1:1 /AllowList {\"kind\":\"AllowList\",\"spec\":{}}\n"},
    {"an alias as an item", "kind: List\nx: &p\n  kind: Pod\nitems:\n- *p\n",
     "5:3 /Pod {\"kind\":\"Pod\"}\n"},

    {"JSON", "{\"kind\": \"Pod\", \"n\": 1.50}", "1:1 /Pod {\"kind\": \"Pod\", \"n\": 1.50}\n"},
    {"JSON values one after the other", "\n{\"a\":\"}\\\"{\"}\n  {\"b\":[{}]}{\"c\":1}\n",
     "2:1 / {\"a\":\"}\\\"{\"}\n3:3 / {\"b\":[{}]}\n3:13 / {\"c\":1}\n"},
    {"a JSON list",
     "{\"kind\":\"List\",\"items\":[\n {\"kind\":\"Pod\"},\n null, {\"kind\":\"Job\"}]}",
     "2:2 /Pod {\"kind\":\"Pod\"}\n3:8 /Job {\"kind\":\"Job\"}\n"},
    {"a typed JSON list", "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1}]}",
     "1:50 v1/Service {\"a\":1}\n"},
    {"JSON documents in a YAML stream", "{\"a\":1}\n---\n{\"b\":2}\n",
     "1:1 / {\"a\":1}\n3:1 / {\"b\":2}\n"},
    {"flow YAML", "{a: 1, b: [x, z]}\n", "1:1 / {\"a\":1,\"b\":[\"x\",\"z\"]}\n"},
    {"broken JSON", "{\"a\": 1,\n \"b\": ]}\n", "2:7! \n"},
    {"broken JSON behind good JSON", "{\"a\":1}\n  {\"b\":01}\n", "1:1 / {\"a\":1}\n2:9! \n"},
    {"JSON without its end", "{\"a\":1}{\"b\":", "1:1 / {\"a\":1}\n1:13! \n"},
};

// If the expected error has no text, only its place is compared, because the readers choose the
// words.
static void describe(struct text *text, struct slice bytes)
{
    struct splitter *splitter = splitter_new(bytes);
    struct object object;
    int found;

    assert_non_null(splitter);
    for (;;) {
        struct error error = {0};
        found = splitter_next(splitter, &object, &error);
        if (found == 0)
            break;
        if (found < 0) {
            text_printf(text, "%u:%u! %s\n", error.line, error.column, error.text);
            continue;
        }
        text_printf(text, "%u:%u ", object.line, object.column);
        text_add(text, object.api_version);
        text_putc(text, '/');
        text_add(text, object.kind);
        text_putc(text, ' ');
        text_add(text, object.json);
        text_putc(text, '\n');
        if (!object.yaml)
            assert_true(object.json.data == bytes.data + object.start);
    }
    splitter_free(splitter);
}

static bool line_matches(struct slice got, struct slice expected)
{
    bool open = expected.size > 2 && !memcmp(expected.data + expected.size - 2, "! ", 2);

    if (open && got.size > expected.size)
        got.size = expected.size;
    return slice_equal(got, expected);
}

static struct slice line_next(const char **text)
{
    struct slice line = {*text, strcspn(*text, "\n")};

    *text += line.size + (line.data[line.size] == '\n');
    return line;
}

static bool matches(const char *got, const char *expected)
{
    while (*got && *expected) {
        struct slice line = line_next(&got);
        if (!line_matches(line, line_next(&expected)))
            return false;
    }
    return *got == '\0' && *expected == '\0';
}

static void test_case(void **state)
{
    const struct split_case *row = *state;
    struct arena *arena = arena_new(1024 * 1024);
    size_t size = strlen(row->text);
    char *exact = malloc(size ? size : 1);
    struct text text;
    struct slice got;

    memcpy(exact, row->text, size);
    text_init(&text, arena, 1024 * 1024);
    describe(&text, (struct slice){exact, size});
    text_putc(&text, '\0');
    got = text_slice(&text);
    if (!matches(got.data, row->expected))
        print_error("got:\n%s\n", got.data);
    assert_true(matches(got.data, row->expected));
    free(exact);
    arena_free(arena);
}

// Each node of an object's JSON comes from the YAML node that `origins` names.
static void check_origins(const struct object *object, struct arena *arena, unsigned *checked)
{
    struct tape tape = {0};
    struct error error = {0};

    assert_int_equal(tape_parse(&tape, object->json, TAPE_FULL, &error), 0);
    for (uint32_t i = 1; i < tape.count; i++) {
        uint32_t origin = object->origins[i];
        const struct yaml_node *node = &object->yaml->nodes[origin];
        struct value value = {&tape, i};
        if (origin & ORIGIN_BORROWED || node->type == YAML_ALIAS)
            continue;
        assert_true(origin < object->yaml->count);
        if (node->type == YAML_STRING)
            assert_true(slice_equal(value_string(value, arena), node->text));
        else if (node->type == YAML_MAPPING)
            assert_int_equal(value_type(value), TAPE_OBJECT);
        else if (node->type == YAML_SEQUENCE)
            assert_int_equal(value_type(value), TAPE_ARRAY);
        (*checked)++;
    }
    tape_clear(&tape);
}

static void test_corpus(void **state)
{
    struct inputs inputs = {0};
    struct error error = {0};
    struct arena *arena;
    unsigned objects = 0;
    unsigned checked = 0;

    (void)state;
    if (inputs_add(&inputs, "../shared/corpus/manifests", &error)) {
        print_message("# no corpus at ../shared/corpus\n");
        skip();
    }
    arena = arena_new(256 * 1024 * 1024);
    for (size_t i = 0; i < inputs.count; i++) {
        struct slice bytes;
        struct object object;
        assert_int_equal(input_read(inputs.names[i], &bytes, &error), 0);
        struct splitter *splitter = splitter_new(bytes);
        int found;
        while ((found = splitter_next(splitter, &object, &error)) == 1) {
            objects++;
            assert_true(object.end > object.start && object.end <= bytes.size);
            if (object.yaml)
                check_origins(&object, arena, &checked);
        }
        if (found < 0)
            print_error("%s:%u: %s\n", inputs.names[i], error.line, error.text);
        assert_int_equal(found, 0);
        arena_reset(arena);
        splitter_free(splitter);
        free((char *)bytes.data);
    }
    print_message("# %u objects in %zu files, %u origins checked\n", objects, inputs.count,
                  checked);
    assert_true(objects >= inputs.count && checked > 10000);
    inputs_clear(&inputs);
    arena_free(arena);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_tree(const char *folder)
{
    char command[512];

    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void test_folder(void **state)
{
    static const char *const expected[] = {"/a.yaml", "/b.yml", "/c/d.json", "/e.yaml"};
    char folder[] = "/tmp/evenkeel-read-XXXXXX";
    char path[512];
    struct inputs inputs = {0};
    struct error error = {0};
    struct slice bytes;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/c", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(folder, "e.yaml", "e: 1\n");
    write_file(folder, "a.yaml", "");
    write_file(folder, "b.yml", "b: 1\n");
    write_file(folder, "notes.txt", "no\n");
    write_file(path, "d.json", "{}");
    snprintf(path, sizeof(path), "%s/c/loop.yaml", folder);
    assert_int_equal(symlink(folder, path), 0);

    assert_int_equal(inputs_add(&inputs, folder, &error), 0);
    assert_int_equal(inputs.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(inputs.names[i] + strlen(folder), expected[i]);
    assert_int_equal(input_read(inputs.names[1], &bytes, &error), 0);
    assert_true(slice_is(bytes, "b: 1\n"));
    free((char *)bytes.data);
    assert_int_equal(input_read(inputs.names[0], &bytes, &error), 0);
    assert_int_equal(bytes.size, 0);
    free((char *)bytes.data);

    snprintf(path, sizeof(path), "%s/notes.txt", folder);
    assert_int_equal(inputs_add(&inputs, path, &error), 0);
    assert_int_equal(inputs_add(&inputs, "-", &error), 0);
    assert_int_equal(inputs.count, 6);
    snprintf(path, sizeof(path), "%s/missing.yaml", folder);
    assert_int_equal(inputs_add(&inputs, path, &error), -1);
    assert_non_null(strstr(error.text, "missing.yaml: No such file"));
    assert_int_equal(inputs.count, 6);
    inputs_clear(&inputs);
    remove_tree(folder);
}

static void test_too_large(void **state)
{
    char name[] = "/tmp/evenkeel-read-XXXXXX";
    int descriptor = mkstemp(name);
    struct error error = {0};
    struct slice bytes;

    (void)state;
    assert_true(descriptor >= 0);
    assert_int_equal(ftruncate(descriptor, (off_t)INPUT_SIZE_MAX + 1), 0);
    assert_int_equal(input_read(name, &bytes, &error), -1);
    assert_non_null(strstr(error.text, "larger than 256 MiB"));
    close(descriptor);
    unlink(name);
}

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_too_large),
    };
    enum { OTHERS = sizeof(others) / sizeof(others[0]) };
    struct CMUnitTest tests[CASES + OTHERS];

    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = test_case, .initial_state = (void *)&cases[i]};
    memcpy(tests + CASES, others, sizeof(others));
    return _cmocka_run_group_tests("split", tests, CASES + OTHERS, NULL, NULL);
}
