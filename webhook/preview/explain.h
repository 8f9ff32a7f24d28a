// Each decision about an object in words, with the times of its rollout.
#ifndef EVENKEEL_PREVIEW_EXPLAIN_H
#define EVENKEEL_PREVIEW_EXPLAIN_H

#include <stdio.h>

#include "preview/decide.h"

// Prints to `stream`, every line behind `# `: what patch(1) and YAML readers pass over.
void explain(FILE *stream, const char *file, const char *policy, const struct decision *decision);

#endif
