// The bytes of each input, which preview looks at twice.
#ifndef EVENKEEL_PREVIEW_INTAKE_H
#define EVENKEEL_PREVIEW_INTAKE_H

#include "preview/arguments.h"

struct intake {
    const struct arguments *arguments;
    struct intake_item *items; // owned; one for each input
};

// 0, or -1 when memory is short; intake_clear() either way.
int intake_init(struct intake *intake, const struct arguments *arguments, struct error *error);

// Whether the input comes from kustomize.
bool intake_is_built(const struct intake *intake, size_t input);

// The input's name as it is shown.
const char *intake_name(const struct intake *intake, size_t input);

// All bytes of an input. 0, and the caller calls intake_release(); or -1 with `error`.
int intake_read(struct intake *intake, size_t input, struct slice *bytes, struct error *error);
void intake_release(struct intake *intake, size_t input, struct slice bytes);

void intake_clear(struct intake *intake);

#endif
