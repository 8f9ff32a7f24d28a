// Turns character counts, as in libyaml's marks, into byte offsets of the same text.
#ifndef EVENKEEL_YAML_MARKS_H
#define EVENKEEL_YAML_MARKS_H

#include "base/text.h"

enum { YAML_MARKS_STEP = 64 }; // characters between two remembered offsets

struct yaml_marks {
    struct slice text; // borrowed
    uint32_t *offsets; // byte offset of every YAML_MARKS_STEP-th character; NULL: each has one byte
    size_t count;
};

// Reads `text` (UTF-8, at most 4 GiB - 1) once from start to end. Returns 0, or -1 when memory is
// short.
int yaml_marks_init(struct yaml_marks *marks, struct slice text);

// Returns the byte offset of character `index`, counted from 0. If the index is past the end: the
// text's size.
size_t yaml_marks_offset(const struct yaml_marks *marks, size_t index);

void yaml_marks_clear(struct yaml_marks *marks);

#endif
