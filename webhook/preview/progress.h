// The progress of a long run: one line on stderr if that is a terminal. It disappears when there is
// other output. A process has one terminal, so there is one progress.
#ifndef EVENKEEL_PREVIEW_PROGRESS_H
#define EVENKEEL_PREVIEW_PROGRESS_H

#include <stddef.h>
#include <stdio.h>

enum {
    PROGRESS_AFTER_MS = 1000, // without output until the line is shown
    PROGRESS_EVERY_MS = 100,  // between two changes of it
};

// Starts anew, with `files` to read. Nothing is ever shown where stderr is no terminal, or one that
// cannot erase (TERM is dumb or unset).
void progress_start(size_t files);

// The next file.
void progress_file(void);

// One more object; `done` of the file's `size` bytes are behind it. Shows the line when it is time.
void progress_object(size_t done, size_t size);

// Erases the line, where it is shown and `stream` (stdout or stderr) goes to a terminal: call it
// before writing there.
void progress_erase(FILE *stream);

#endif
