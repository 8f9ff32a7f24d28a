// The tape against jansson: on every review of the corpus, on a million mutated texts, and on each
// known difference between the two by name. Each text has an allocation of its exact size.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "tests/mutate.h"
#include "tests/tape_oracle.h"

enum {
    MUTATIONS = 1000000,
    REVIEW_MUTATIONS = 20, // of each review
    SEEDS_MAX = 4000,
    SEED_SIZE_MIN = 40,
    SEED_SIZE_MAX = 400,
    REVIEW_SIZE_MAX = 4 << 20,
};

static const char corpus[] = "../shared/corpus/reviews";
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct oracle oracle;
static struct slice seeds[SEEDS_MAX];
static uint32_t seed_count;

// Small texts for every part of the grammar, and for what the lazy mode looks at.
static const char *const snippets[] = {
    "[]",
    "{}",
    "null",
    "[true,false,null]",
    "[0,-1,2.5,1e10,-0.0,1E+2,3e-4]",
    "\"\"",
    "[[[[[]]]],{\"a\":{\"b\":{}}}]",
    "{\"a\":1,\"b\":2,\"a\":3}",
    "{\"\":{\"\":[\"\"]}}",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0041\\u00e9\\ud83d\\ude00\"]",
    "[\"\\ud83d\",\"\\ude00\",\"\\ud83d\\u0041\",\"\\u0000\"]",
    "{\"a\\u0000\":1}",
    "[9223372036854775807,-9223372036854775808,9223372036854775808]",
    "[1e308,1e309,-1e400]",
    "[\"\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80\xef\xbf\xbf\",\"\xed\x9f\xbf\xf4\x8f\xbf\xbf\"]",
    " [ 1 ,\t{ \"a\" :\n[ ] } ,\r\"b\" ] ",
    "[\"sixteen bytes ..\",\"and some more than that\"]",
    "{\"operation\":\"Apply\",\"fieldsV1\":{\"f:spec\":{\".\":{}}}}",
    "{\"operation\":\"Update\",\"fieldsV1\":{\"f:a\":{\"k:{\\\"port\\\":80}\":{\".\":{}}}},\"z\":"
    "1}",
    "{\"fieldsV1\":[{\"fieldsV1\":{}}],\"operation\":\"Apply\"}",
    "{\"object\":{\"a\":[1]},\"oldObject\":{\"a\":[2,{\"fieldsV1\":{\"f:b\":{}}}]},\"dryRun\":"
    "false}",
    "{\"oldObject\":{\"oldObject\":{\"b\":\"]}\\\\\\\"\"}},\"options\":null}",
    "{\"oldObject\":[\"a string that is longer than sixty-four bytes with } and ] and \\\\ "
    "inside\"]}",
    "{\"name\":\"app\",\"image\":\"app:1.2\",\"ports\":[{\"containerPort\":8080,\"protocol\":"
    "\"TCP\"}]}",
};

static struct slice exact_copy(struct slice text)
{
    char *copy = malloc(text.size);

    assert_non_null(copy);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return (struct slice){copy, text.size};
}

static void print_text(struct slice text)
{
    struct text shown;

    text_init(&shown, oracle.arena, 1 << 20);
    for (size_t i = 0; i < text.size && i < 1000; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        text_printf(&shown, byte >= ' ' && byte < 0x7f ? "%c" : "<%02x>", byte);
    }
    print_message("# %s\n", text_slice(&shown).data);
}

static enum oracle_verdict judge(struct slice text)
{
    struct slice exact = exact_copy(text);
    enum oracle_verdict verdict = ORACLE_VERDICTS;
    const char *problem = oracle_judge(&oracle, exact, &verdict);

    if (problem)
        print_text(exact);
    free((char *)exact.data);
    if (problem)
        fail_msg("%s", problem);
    return verdict;
}

// Keeps those containers of the last judged text that are good seeds.
static void collect_seeds(uint64_t *state)
{
    for (uint32_t i = 1; i < oracle.full.count && seed_count < SEEDS_MAX; i++) {
        const struct tape_node *node = &oracle.full.nodes[i];
        uint32_t size = node->end - node->start;

        if (size < SEED_SIZE_MIN || size > SEED_SIZE_MAX || node->type < TAPE_ARRAY ||
            mutate_random(state, 8) != 0)
            continue;
        seeds[seed_count++] = exact_copy((struct slice){oracle.full.bytes + node->start, size});
    }
}

static struct slice read_review(const char *name)
{
    static char buffer[REVIEW_SIZE_MAX];
    char path[512];
    FILE *file;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", corpus, name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    size = fread(buffer, 1, sizeof(buffer), file);
    fclose(file);
    return (struct slice){buffer, size};
}

static struct slice any_seed(uint64_t *random)
{
    return seeds[mutate_random(random, seed_count)];
}

static void mutate_review(uint64_t *random, struct slice review)
{
    char *buffer = malloc(review.size + MUTATE_GROWTH_MAX);

    assert_non_null(buffer);
    for (unsigned i = 0; i < REVIEW_MUTATIONS; i++) {
        memcpy(buffer, review.data, review.size);
        judge((struct slice){buffer, mutate_text(random, buffer, review.size, any_seed(random))});
    }
    free(buffer);
}

static void test_reviews(void **state)
{
    struct dirent **names;
    uint64_t random = 1;
    int count = scandir(corpus, &names, NULL, alphasort);
    unsigned reviews = 0;

    (void)state;
    if (count < 0) {
        print_message("# %s is absent\n", corpus);
        skip();
    }
    for (int i = 0; i < count; i++) {
        const char *suffix = strrchr(names[i]->d_name, '.');

        if (suffix && strcmp(suffix, ".json") == 0) {
            struct slice review = exact_copy(read_review(names[i]->d_name));
            enum oracle_verdict verdict;

            assert_null(oracle_judge(&oracle, review, &verdict));
            assert_int_equal(verdict, ORACLE_ACCEPTED);
            collect_seeds(&random);
            mutate_review(&random, review);
            free((char *)review.data);
            reviews++;
        }
        free(names[i]);
    }
    free(names);
    print_message(
        "# %u reviews and %u mutations of them, judged alike by the tape in full, lazily and in "
        "plain C, and by jansson\n",
        reviews, reviews * REVIEW_MUTATIONS);
    assert_true(reviews > 0);
}

static void test_mutations(void **state)
{
    static const char *const names[ORACLE_VERDICTS] = {
        [ORACLE_NUL_AFTER_TOKEN] = "a NUL after a token",
        [ORACLE_LONE_SURROGATE] = "lone surrogates",
        [ORACLE_LARGE_NUMBER] = "large numbers",
        [ORACLE_NUL_IN_KEY] = "a NUL in a key",
        [ORACLE_DEPTH] = "depth",
    };
    static char buffer[SEED_SIZE_MAX + MUTATE_GROWTH_MAX];
    unsigned counts[ORACLE_VERDICTS] = {0}, known = 0;
    uint64_t random = 20240229;

    (void)state;
    for (unsigned i = 0; i < MUTATIONS; i++) {
        // Half of them come from the snippets, which come first and are smaller.
        uint32_t from = mutate_random(&random, 2) ? seed_count : (uint32_t)COUNT(snippets);
        struct slice seed = seeds[mutate_random(&random, from)];

        memcpy(buffer, seed.data, seed.size);
        size_t size = mutate_text(&random, buffer, seed.size, any_seed(&random));

        counts[judge((struct slice){buffer, size})]++;
    }
    for (int i = ORACLE_REFUSED + 1; i < ORACLE_VERDICTS; i++)
        known += counts[i];
    print_message("# %u mutations, %u accepted by both, %u refused by both, %u known differences\n",
                  MUTATIONS, counts[ORACLE_ACCEPTED], counts[ORACLE_REFUSED], known);
    for (int i = ORACLE_REFUSED + 1; i < ORACLE_VERDICTS; i++)
        print_message("#   of these for %s: %u\n", names[i], counts[i]);
    assert_true(counts[ORACLE_ACCEPTED] > MUTATIONS / 20);
    assert_true(counts[ORACLE_REFUSED] > MUTATIONS / 20);
}

static bool jansson_accepts(struct slice text)
{
    json_t *json = oracle_jansson(text);
    bool accepted = json != NULL;

    json_decref(json);
    return accepted;
}

// Both sides of a known difference: which one accepts the text, and that the difference is
// recognized by its cause.
static void assert_differs(struct slice text, bool tape_accepts, enum oracle_verdict verdict)
{
    struct error error = {0};

    assert_int_equal(judge(text), verdict);
    assert_int_equal(tape_parse(&oracle.full, text, TAPE_FULL, &error) == 0, tape_accepts);
    assert_int_equal(jansson_accepts(text), !tape_accepts);
}

static void test_differs_nul_after_number(void **state)
{
    (void)state;
    assert_differs(SLICE("1\0"), false, ORACLE_NUL_AFTER_TOKEN);
    assert_differs(SLICE("[1\0,2]"), false, ORACLE_NUL_AFTER_TOKEN);
    assert_differs(SLICE("[true\0]"), false, ORACLE_NUL_AFTER_TOKEN);
    assert_int_equal(judge(SLICE("[1\0\0]")), ORACLE_REFUSED);
    assert_int_equal(judge(SLICE("[\"a\"\0]")), ORACLE_REFUSED);
}

static void test_differs_lone_surrogates(void **state)
{
    (void)state;
    assert_differs(SLICE("\"\\ud800\""), true, ORACLE_LONE_SURROGATE);
    assert_differs(SLICE("[\"\\uDFFFx\"]"), true, ORACLE_LONE_SURROGATE);
    assert_differs(SLICE("{\"\\ud800\\u0041\":1}"), true, ORACLE_LONE_SURROGATE);
    assert_differs(SLICE("\"\\ud800\\ud83d\\ude00\""), true, ORACLE_LONE_SURROGATE);
    assert_differs(SLICE("\"\\ud83d\\ude00\\ude00\""), true, ORACLE_LONE_SURROGATE);
    assert_int_equal(judge(SLICE("\"\\ud83d\\ude00\"")), ORACLE_ACCEPTED);
}

static void test_differs_large_numbers(void **state)
{
    (void)state;
    assert_differs(SLICE("9223372036854775808"), true, ORACLE_LARGE_NUMBER);
    assert_differs(SLICE("[-9223372036854775809]"), true, ORACLE_LARGE_NUMBER);
    assert_differs(SLICE("{\"a\":1e400}"), true, ORACLE_LARGE_NUMBER);
    assert_differs(SLICE("-1.5E999"), true, ORACLE_LARGE_NUMBER);
    assert_int_equal(judge(SLICE("9223372036854775807")), ORACLE_ACCEPTED);
    assert_int_equal(judge(SLICE("[1e308,1e-400]")), ORACLE_ACCEPTED);
}

static void test_differs_nul_in_key(void **state)
{
    (void)state;
    assert_differs(SLICE("{\"a\\u0000b\":1}"), true, ORACLE_NUL_IN_KEY);
    assert_int_equal(judge(SLICE("[\"a\\u0000b\"]")), ORACLE_ACCEPTED);
    assert_int_equal(judge(SLICE("{\"a\":\"\\u0000\"}")), ORACLE_ACCEPTED);
}

static void test_differs_depth(void **state)
{
    static char text[2 * 2100];

    (void)state;
    for (unsigned depth = 999; depth <= 2060; depth += depth == 1001 ? 1045 : 1) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        struct slice nested = {text, 2 * (size_t)depth};

        if (depth <= TAPE_DEPTH_MAX)
            assert_int_equal(judge(nested), ORACLE_ACCEPTED);
        else if (depth <= 2048)
            assert_differs(nested, false, ORACLE_DEPTH);
        else
            assert_int_equal(judge(nested), ORACLE_REFUSED);
    }
}

static void test_last_duplicate_counts(void **state)
{
    (void)state;
    assert_int_equal(judge(SLICE("{\"a\":1,\"\\u0061\":{\"b\":1,\"b\":[]},\"c\":0,\"a\":2}")),
                     ORACLE_ACCEPTED);
}

static int setup(void **state)
{
    (void)state;
    json_object_seed(1);
    for (size_t i = 0; i < COUNT(snippets); i++)
        seeds[seed_count++] = exact_copy(slice_of(snippets[i]));
    return oracle_init(&oracle);
}

static int teardown(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < seed_count; i++)
        free((char *)seeds[i].data);
    oracle_clear(&oracle);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differs_nul_after_number),
        cmocka_unit_test(test_differs_lone_surrogates),
        cmocka_unit_test(test_differs_large_numbers),
        cmocka_unit_test(test_differs_nul_in_key),
        cmocka_unit_test(test_differs_depth),
        cmocka_unit_test(test_last_duplicate_counts),
        cmocka_unit_test(test_reviews),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
