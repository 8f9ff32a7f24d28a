// The course that a release in batches would take: what each held step means, and the commands.
#ifndef EVENKEEL_PREVIEW_COURSE_H
#define EVENKEEL_PREVIEW_COURSE_H

#include <stdio.h>

struct run;

// Writes it as YAML comments; nothing for an object that is not to be released in batches. What a
// step comes to is the deployment controller's rounding of what the engine would write.
void course(FILE *stream, const struct run *run);

#endif
