// The forms that depend on the processor give the same results: base64 with and without SSSE3, and
// stepping over a value with AVX2, with SSE2 or NEON, and byte by byte.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"

// Included because the forms are not public.
#include "base/base64.c"
#include "json/tape.c"

enum { TEXT_MAX = 400, ROUNDS = 200000 };

#if TAPE_SIMD > 0

static const char alphabet_of_brackets[] = "{}[]\"\"\\\\a,:{}\x80";
static uint64_t seed = 1;

static unsigned any(unsigned below)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(seed >> 33) % below;
}

typedef struct scan form(struct balance *, const uint8_t *, size_t, size_t);

// Sets the forms that this processor can run. Returns their number.
static int list_forms(form **forms)
{
    forms[0] = NULL;
    forms[1] = balance_blocks;
#if TAPE_SIMD > 1
    if (vector_is_wide()) {
        forms[2] = balance_blocks_wide;
        return 3;
    }
#endif
    return 2;
}

// Balances with `blocks`, and the remaining bytes one by one, as scan_balanced() does.
static struct scan balance_by(form *blocks, struct balance *balance, const uint8_t *bytes,
                              size_t size)
{
    struct scan scan = {1, NULL, false};

    *balance = (struct balance){.depth = 1, .depth_max = 1 + (uint32_t)size % 40};
    if (blocks)
        scan = blocks(balance, bytes, scan.at, size);
    if (!scan.problem && balance->depth > 0)
        scan = balance_bytes(balance, bytes, scan.at, size);
    return scan;
}

static bool same(const struct scan *scans, const struct balance *balances, int i)
{
    return scans[i].at == scans[0].at && scans[i].problem == scans[0].problem &&
           (scans[0].problem ||
            (balances[i].depth == balances[0].depth &&
             (balances[0].depth == 0 || (balances[i].in_string == balances[0].in_string &&
                                         balances[i].escaped == balances[0].escaped))));
}

static void test_balance(void **state)
{
    long ended = 0, too_deep = 0, left_open = 0;
    form *forms[3];
    int count = list_forms(forms);

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        // In memory of its exact size, so that ASan sees a read past its end.
        size_t size = 1 + any(TEXT_MAX);
        // Mostly plain bytes, so that some runs are long.
        unsigned letters = round % 2 ? sizeof(alphabet_of_brackets) - 1 : 40;
        uint8_t *bytes = malloc(size);
        struct balance balances[3];
        struct scan scans[3];

        for (size_t i = 0; i < size; i++) {
            unsigned letter = any(letters);

            bytes[i] = letter < sizeof(alphabet_of_brackets) - 1
                           ? (uint8_t)alphabet_of_brackets[letter]
                           : 'b';
        }
        for (int i = 0; i < count; i++) {
            scans[i] = balance_by(forms[i], &balances[i], bytes, size);
            if (!same(scans, balances, i))
                fail_msg("form %d, %.*s: %zu instead of %zu", i, (int)size, (const char *)bytes,
                         scans[i].at, scans[0].at);
        }
        too_deep += scans[0].problem != NULL;
        ended += !scans[0].problem && balances[0].depth == 0;
        left_open += !scans[0].problem && balances[0].depth > 0;
        free(bytes);
    }
    print_message("# %d forms: %ld ended, %ld too deep, %ld left open\n", count, ended, too_deep,
                  left_open);
    assert_true(ended > ROUNDS / 20 && too_deep > 10 && left_open > ROUNDS / 20);
}

#else

static void test_balance(void **state)
{
    (void)state;
    skip();
}

#endif

#ifdef __x86_64__

static void test_base64(void **state)
{
    (void)state;
    if (!__builtin_cpu_supports("ssse3"))
        skip();
    // All values of twelve bits at each place among twelve bytes.
    for (uint32_t value = 0; value < 1 << 12; value++) {
        for (unsigned place = 0; place < 8; place++) {
            unsigned char bytes[16] = {0};
            char fast[16], plain[16];
            uint32_t three = place % 2 ? value : value << 12;

            bytes[place / 2 * 3] = (unsigned char)(three >> 16);
            bytes[place / 2 * 3 + 1] = (unsigned char)(three >> 8);
            bytes[place / 2 * 3 + 2] = (unsigned char)three;
            encode_twelve(bytes, fast);
            encode_six(bytes, plain);
            encode_six(bytes + 6, plain + 8);
            assert_memory_equal(fast, plain, 16);
        }
    }
}

#else

static void test_base64(void **state)
{
    (void)state;
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balance),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
