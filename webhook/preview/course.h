// The course of a release in batches: what each held step means, and the commands.
#ifndef EVENKEEL_PREVIEW_COURSE_H
#define EVENKEEL_PREVIEW_COURSE_H

#include <stdio.h>

struct run;

// Writes it as YAML comments. Writes nothing for an object that is not released in batches. The
// numbers of a step are the deployment controller's rounding of what the engine would write.
void course(FILE *stream, const struct run *run);

#endif
