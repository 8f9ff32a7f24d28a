// Parses with both builds of the tape, which must agree in everything. The text is in an allocation
// of its exact size, so ASan sees any read past its end. For cmocka tests.
#ifndef EVENKEEL_TESTS_PARSE_BOTH_H
#define EVENKEEL_TESTS_PARSE_BOTH_H

#include <stdlib.h>

#include <cmocka.h>

#include "tests/scalar_tape.h"

static struct tape tape, scalar;

static char *exact_text;

// Parses with both, which must agree in everything. Returns their answer.
static inline int parse_both(struct slice text, enum tape_mode mode, struct error *error)
{
    struct error other = {0};
    int result;

    free(exact_text);
    exact_text = malloc(text.size);
    memcpy(exact_text, text.data, text.size);
    *error = (struct error){0};
    result = tape_parse(&tape, (struct slice){exact_text, text.size}, mode, error);
    assert_int_equal(
        scalar_tape_parse(&scalar, (struct slice){exact_text, text.size}, mode, &other), result);
    assert_int_equal(error->line, other.line);
    assert_int_equal(error->column, other.column);
    assert_string_equal(error->text, other.text);
    assert_int_equal(tape.count, scalar.count);
    assert_memory_equal(tape.nodes, scalar.nodes, tape.count * sizeof(*tape.nodes));
    return result;
}

static inline int parse_both_teardown(void **state)
{
    (void)state;
    tape_clear(&tape);
    scalar_tape_clear(&scalar);
    free(exact_text);
    return 0;
}

#endif
