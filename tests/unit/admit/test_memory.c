// Fails each allocation of the arena and the tape in turn: every caller stops cleanly, and the tape
// can be used for another parse. Both files are built here a second time, with an allocator that
// can fail.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned allocations, failing;

static int fails_now(void)
{
    return ++allocations == failing;
}

static void *failing_malloc(size_t size)
{
    return fails_now() ? NULL : malloc(size);
}

static void *failing_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : calloc(count, size);
}

static void *failing_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : realloc(old, size);
}

#define malloc failing_malloc
#define calloc failing_calloc
#define realloc failing_realloc
#include "base/arena.c"
#include "json/tape.c"
#undef malloc
#undef calloc
#undef realloc

#include "base/base64.h"
#include "policy/settings.h"
#include "json/value.h"

enum { ITEMS = 5000 };

struct sample {
    struct settings common;
    struct slices hosts;
};

static const struct field fields[] = {
    {.key = "hosts", .type = FIELD_STRINGS, .offset = offsetof(struct sample, hosts)},
    FIELDS_COMMON,
};

// {"oldObject":[0,0,…],"a":"\n"}: opening it takes more nodes than reading around it.
static struct slice long_review(void)
{
    static char text[2 * ITEMS + 64];
    size_t size = (size_t)sprintf(text, "{\"oldObject\":[0");

    for (int i = 0; i < ITEMS; i++)
        size += (size_t)sprintf(text + size, ",0");
    size += (size_t)sprintf(text + size, "],\"a\":\"\\n\"}");
    return (struct slice){text, size};
}

// True when nothing failed.
static bool use_arena(void)
{
    struct arena *arena = arena_new(1 << 20);
    struct sample sample = {0};
    struct error error = {0};
    struct text text;
    bool good = false;

    if (!arena)
        return false;
    text_init(&text, arena, 100000);
    for (int i = 0; i < 1000; i++)
        base64_add(&text, SLICE("some bytes"));
    if (settings_parse(fields, 0, SLICE("a,b"), &sample.common, arena, &error) != 0) {
        assert_string_equal(error.text, "out of memory");
        assert_int_equal(sample.common.present, 0);
        goto done;
    }
    assert_int_equal(sample.hosts.count, 2);
    if (!text_slice(&text).data) {
        assert_true(text.failed);
        goto done;
    }
    assert_int_equal(text_slice(&text).size, 16000);
    good = true;
done:
    arena_free(arena);
    return good;
}

static bool use_tape(struct tape *tape)
{
    struct error error = {0};
    struct value root;

    if (tape_parse(tape, long_review(), TAPE_LAZY, &error) != 0) {
        assert_non_null(strstr(error.text, "out of memory"));
        assert_int_equal(value_root(tape).node, 0);
        return false;
    }
    root = value_root(tape);
    if (value_count(value_get(root, "oldObject")) != ITEMS + 1) {
        assert_int_equal(value_type(value_get(root, "oldObject")), TAPE_NULL);
        assert_true(value_is(value_get(root, "a"), "\n"));
        return false;
    }
    return true;
}

static void test_arena_allocations(void **state)
{
    bool good = false;
    unsigned failed;

    (void)state;
    for (failed = 0; !good; failed++) {
        allocations = 0;
        failing = failed + 1;
        good = use_arena();
        assert_int_equal(good, allocations < failing);
    }
    print_message("# %u allocations failed in turn\n", failed - 1);
    assert_true(failed > 3);
}

static void test_tape_allocations(void **state)
{
    bool good = false;
    unsigned failed;

    (void)state;
    for (failed = 0; !good; failed++) {
        struct tape tape = {0};

        allocations = 0;
        failing = failed + 1;
        good = use_tape(&tape);
        assert_int_equal(good, allocations < failing);
        failing = 0;
        assert_true(use_tape(&tape));
        tape_clear(&tape);
    }
    print_message("# %u allocations failed in turn\n", failed - 1);
    assert_true(failed > 3);
}

static void test_copies(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    struct tape tape = {0};

    (void)state;
    failing = 0;
    assert_int_equal(tape_parse(&tape, SLICE("\"\\n\""), TAPE_FULL, NULL), 0);
    allocations = 0;
    failing = 1;
    assert_null(value_string(value_root(&tape), arena).data);
    allocations = 0;
    assert_null(slice_copy(arena, SLICE("copy")).data);
    assert_int_equal(value_string(value_root(&tape), arena).size, 1);
    tape_clear(&tape);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_allocations),
        cmocka_unit_test(test_tape_allocations),
        cmocka_unit_test(test_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
