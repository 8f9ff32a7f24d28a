// One failure as a value: what went wrong and where. The first error wins; nothing here logs.
#ifndef EVENKEEL_BASE_ERROR_H
#define EVENKEEL_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum { ERROR_TEXT_MAX = 512 };

struct error {
    bool set;
    uint32_t line;   // from 1; 0 when the error has no place in a text
    uint32_t column; // in bytes, from 1; 0 when unknown
    char text[ERROR_TEXT_MAX];
};

// Records printf-style text, unless `error` is NULL or already has a text. Always returns -1, so a
// function can say `return error_set(error, ...)`.
int error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The same, with a place in the text that is being read.
int error_set_at(struct error *error, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
