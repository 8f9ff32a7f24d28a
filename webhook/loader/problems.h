// Collects the errors and warnings of a policy.
#ifndef EVENKEEL_LOADER_PROBLEMS_H
#define EVENKEEL_LOADER_PROBLEMS_H

#include <stdarg.h>

#include "loader/load.h"

// Adds a problem. Past PROBLEMS_MAX, or when memory is short, it is only counted.
void problems_add(struct problems *problems, bool warning, uint32_t line, uint32_t column,
                  const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));
void problems_error(struct problems *problems, uint32_t line, uint32_t column, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

// Whether further problems are only counted.
bool problems_full(const struct problems *problems);

// Puts the problems into the order of the text, and adds a line that says how many were left out.
void problems_finish(struct problems *problems);

#endif
