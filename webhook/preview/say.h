// What preview writes to stderr: one line each. No byte of the input controls a terminal.
#ifndef EVENKEEL_PREVIEW_SAY_H
#define EVENKEEL_PREVIEW_SAY_H

#include "loader/load.h"
#include "preview/decide.h"

// `evenkeel: file:line:column: text`; `file` may be NULL, and a line of 0 is left out.
void say_error(const char *file, const struct error *error);

// The errors of a policy, without the warnings.
void say_problems(const char *file, const struct problems *problems);

// The warnings that the webhook would send to the client.
void say_warnings(const char *file, const struct decision *decision);

// A hint or a warning that the webhook would not send, about the object in this line.
void say_hint(const char *file, uint32_t line, bool warning, struct slice text);

// Says that an object is not changed because it is only a fragment, and why.
void say_left_alone(const char *file, const struct decision *decision);

#endif
