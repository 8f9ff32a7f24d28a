// Replaces a file by a new text.
#ifndef EVENKEEL_PREVIEW_REPLACE_H
#define EVENKEEL_PREVIEW_REPLACE_H

#include "base/error.h"
#include "base/text.h"

// Writes `text` beside the file `name`, with its mode, and moves it there in one step: a reader
// sees the old or the new text, also after a crash. Behind a symbolic link the file that it leads
// to is replaced. A file that is read-only for the user is refused, also where its folder is not.
// 0, or -1 with `error`; the file is as it was then.
int replace_file(const char *name, struct slice text, struct error *error);

#endif
