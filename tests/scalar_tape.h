// A second build of the tape, in plain C with other names, so that tests can compare the two.
#ifndef EVENKEEL_TESTS_SCALAR_TAPE_H
#define EVENKEEL_TESTS_SCALAR_TAPE_H

#include "json/tape.h"

int scalar_tape_parse(struct tape *tape, struct slice text, enum tape_mode mode,
                      struct error *error);
int scalar_tape_open(struct tape *tape, uint32_t index, struct error *error);
void scalar_tape_clear(struct tape *tape);

#define TAPE_SIMD 0
#define tape_parse scalar_tape_parse
#define tape_open scalar_tape_open
#define tape_clear scalar_tape_clear
#include "json/tape.c"
#undef tape_parse
#undef tape_open
#undef tape_clear

#endif
