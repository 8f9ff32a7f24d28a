// Environment variables, read from their bytes and from the tape: the same whichever way they are
// written.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "object/variables.h"

// "A=b C=d E" of the variables, with `plain` of them found plain.
static const char *read(struct arena *arena, const char *env, uint32_t *plain)
{
    struct tape tape = {0};
    struct text text, out;
    struct environment environment;
    struct variables walk;
    struct variable variable;
    enum variables_step step;
    struct value list;

    text_init(&text, arena, 1 << 20);
    text_init(&out, arena, 1 << 20);
    text_printf(&text, "{\"env\":%s,\"x\":[{\"name\":\"X\",\"value\":\"y\"}]}", env);
    assert_int_equal(tape_parse(&tape, text_slice(&text), TAPE_LAZY, NULL), 0);
    list = value_get(value_root(&tape), "env");
    walk = variables_of(list, arena);
    for (*plain = 0; (step = variables_step(&walk, &variable)) != VARIABLES_END;)
        *plain += step == VARIABLES_PLAIN;
    environment_read(&environment, list, arena);
    for (uint32_t i = 0; i < environment.count; i++) {
        text_puts(&out, i > 0 ? " " : "");
        text_add(&out, environment.items[i].name);
        if (environment.items[i].value.data != NULL)
            text_putc(&out, '=');
        text_add(&out, environment.items[i].value);
    }
    tape_clear(&tape);
    return text_slice(&out).data;
}

static void test_forms(void **state)
{
    static const struct {
        const char *env, *variables;
        uint32_t plain;
    } cases[] = {
        {"[]", "", 0},
        {"null", "", 0},
        {"7", "", 0},
        {"\"[{\"", "", 0},
        {"[{\"name\":\"A\",\"value\":\"b\"}]", "A=b", 1},
        {"[{\"name\":\"A\",\"value\":\"\"},{\"name\":\"C\",\"value\":\"d\"}]", "A= C=d", 2},
        {"[{\"name\":\"A\"},{\"name\":\"C\",\"value\":\"d\"}]", "A C=d", 1},
        {"[{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"a\"}}},{\"name\":\"C\","
         "\"value\":\"d\"}]",
         "A C=d", 1},
        {"[{\"name\":\"A\",\"valueFrom\":{\"x\":\"}],[{\"}},{\"name\":\"C\",\"value\":\"d\"}]",
         "A C=d", 1},
        {"[{\"name\":\"A\",\"value\":\"b\",\"value\":\"c\"},{\"name\":\"C\",\"value\":\"d\"}]",
         "A=c C=d", 1},
        {"[{\"value\":\"b\",\"name\":\"A\"},{\"name\":\"C\",\"value\":\"d\"}]", "A=b C=d", 1},
        {"[{\"name\":\"\\u0041\",\"value\":\"b\"},{\"name\":\"C\",\"value\":\"d\"},{\"name\":\"E\","
         "\"value\":\"\\\"\"}]",
         "A=b C=d E=\"", 1},
        {"[ {\"name\":\"A\",\"value\":\"b\"} , {\"name\":\"C\",\"value\":\"d\"} ]", "A=b C=d", 0},
        {"[{\"name\":\"A\",\"value\":\"b\"} ,{\"name\":\"C\",\"value\":\"d\"}]", "A=b C=d", 1},
        {"[{\"name\":\"A\",\"value\":8},7,{\"name\":\"C\",\"value\":\"d\"},null]", "A  C=d ", 1},
    };
    struct arena *arena = arena_new(64 * 1024 * 1024);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t plain;
        const char *found = read(arena, cases[i].env, &plain);
        if (strcmp(found, cases[i].variables) != 0 || plain != cases[i].plain)
            fail_msg("%s: %s, %u plain, instead of %s, %u", cases[i].env, found, plain,
                     cases[i].variables, cases[i].plain);
    }
    arena_free(arena);
}

static void test_many(void **state)
{
    struct arena *arena = arena_new(64 * 1024 * 1024);
    struct text text;
    struct tape tape = {0};
    struct environment environment;

    (void)state;
    text_init(&text, arena, 1 << 20);
    for (int i = 0; i < 2 * VARIABLES_MAX; i++) // every other one needs the tape
        text_printf(&text, "%s{\"name\":\"A%d\"%s\"value\":\"%d\"}", i > 0 ? "," : "[", i,
                    i % 2 ? ", " : ",", i);
    text_putc(&text, ']');
    assert_int_equal(tape_parse(&tape, text_slice(&text), TAPE_LAZY, NULL), 0);
    environment_read(&environment, value_root(&tape), arena);
    assert_int_equal(environment.count, VARIABLES_MAX);
    for (int i = 0; i < VARIABLES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "A%d", i);
        assert_true(slice_is(environment.items[i].name, name));
        assert_true(slice_is(environment.items[i].value, name + 1));
    }
    tape_clear(&tape);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
