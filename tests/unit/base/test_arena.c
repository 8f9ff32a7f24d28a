// Arenas: limits, zeroing, alignment, and reuse.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_zeroed_and_aligned(void **state)
{
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    assert_non_null(arena);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *bytes = arena_alloc(arena, size);

            assert_non_null(bytes);
            assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(bytes[i], 0);
            memset(bytes, 0xa5, size);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

static void test_limit(void **state)
{
    struct arena *arena = arena_new(1000);

    (void)state;
    assert_non_null(arena_alloc(arena, 600));
    assert_null(arena_alloc(arena, 401));
    assert_non_null(arena_alloc(arena, 400));
    assert_null(arena_alloc(arena, 1));
    assert_null(arena_alloc(arena, 0));
    arena_reset(arena);
    assert_null(arena_alloc(arena, 1001));
    assert_non_null(arena_alloc(arena, 1000));
    arena_free(arena);
}

static void test_huge_sizes(void **state)
{
    struct arena *arena = arena_new(SIZE_MAX);

    (void)state;
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    assert_non_null(arena_alloc(arena, 8));
    arena_free(arena);
}

static void test_large_between_small(void **state)
{
    struct arena *arena = arena_new(64 << 20);

    (void)state;
    for (int round = 0; round < 3; round++) {
        char *small = memset(arena_alloc(arena, 10), 's', 10);
        char *large = memset(arena_alloc(arena, 300000), 'l', 300000);
        char *other = memset(arena_alloc(arena, 10), 'o', 10);

        assert_int_equal(small[9], 's');
        assert_int_equal(large[0], 'l');
        assert_int_equal(large[299999], 'l');
        assert_int_equal(other[0], 'o');
        arena_reset(arena);
    }
    arena_free(arena);
}

static void test_free_null(void **state)
{
    (void)state;
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_and_aligned), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_huge_sizes),         cmocka_unit_test(test_large_between_small),
        cmocka_unit_test(test_free_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
