// Compares two texts that evenkeel made line by line, and shows the difference in the form of diff
// -u.
#ifndef EVENKEEL_CHECK_LINE_DIFF_H
#define EVENKEEL_CHECK_LINE_DIFF_H

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

// With more pairs of lines than this, the difference is shown as one block that another block
// replaces.
enum { LINE_DIFF_PAIRS_MAX = 4 * 1024 * 1024 };

// Prints the hunks of a unified diff from `old` to `new` with three lines of context. Prints
// nothing when they are the same. It uses the arena's memory. Returns 0, or -1 with `error` when
// memory is short; then nothing was printed.
int line_diff_print(FILE *stream, struct slice old, struct slice new, struct arena *arena,
                    struct error *error);

#endif
