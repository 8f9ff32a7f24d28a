// Each decision about an object in words, and the times of its rollout.
#ifndef EVENKEEL_PREVIEW_EXPLAIN_H
#define EVENKEEL_PREVIEW_EXPLAIN_H

#include <stdio.h>

#include "preview/decide.h"

// Prints to `stream`, with `# ` before every line: patch(1) and YAML readers ignore such lines.
void explain(FILE *stream, const char *file, const char *policy, const struct decision *decision);

#endif
