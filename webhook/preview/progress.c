// It only counts and draws. It does not know what it counts.
#include "preview/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    bool wanted;
    bool shown;
    bool stdout_is_terminal;
    size_t files;
    size_t file; // from 1
    size_t objects;
    int64_t next; // when to show it, in ms
} progress;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool can_erase(void)
{
    const char *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

void progress_start(size_t files)
{
    memset(&progress, 0, sizeof(progress));
    progress.wanted = can_erase();
    progress.stdout_is_terminal = isatty(STDOUT_FILENO);
    progress.files = files;
    progress.next = now_ms() + PROGRESS_AFTER_MS;
}

void progress_file(void)
{
    progress.file++;
}

void progress_object(size_t done, size_t size)
{
    progress.objects++;
    if (!progress.wanted || now_ms() < progress.next)
        return;
    if (progress.stdout_is_terminal)
        fflush(stdout);
    fprintf(stderr, "\r\033[Kevenkeel: ");
    if (progress.files > 1)
        fprintf(stderr, "file %zu of %zu, ", progress.file, progress.files);
    fprintf(stderr, "%zu%%, %zu objects", size ? done * 100 / size : 100, progress.objects);
    fflush(stderr);
    progress.shown = true;
    progress.next = now_ms() + PROGRESS_EVERY_MS;
}

void progress_erase(FILE *stream)
{
    if (!progress.wanted || (stream == stdout && !progress.stdout_is_terminal))
        return;
    if (progress.shown)
        fprintf(stderr, "\r\033[K");
    progress.shown = false;
    progress.next = now_ms() + PROGRESS_AFTER_MS;
}
