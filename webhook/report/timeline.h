// A rollout's times as a picture: a new pod and a stopping pod.
#ifndef EVENKEEL_REPORT_TIMELINE_H
#define EVENKEEL_REPORT_TIMELINE_H

#include "base/text.h"
#include "report/outlook.h"

enum { TIMELINE_WIDTH = 700 };

// How high the picture is, with a heading or without.
int timeline_height(const struct outlook *before, const struct outlook *after, bool headed);

// Adds an SVG element that shows `before` and, unless it is the same, `after`, on one scale, with
// `title` (any text; absent: none) as its heading and `y` as its place in a picture around it. It
// needs timeline_style.
void timeline_add(struct text *text, const struct outlook *before, const struct outlook *after,
                  struct slice title, int y);

// The picture's CSS: it follows the reader's light or dark colours.
extern const char timeline_style[];

#endif
